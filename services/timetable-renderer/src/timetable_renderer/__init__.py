"""A festival's official timetable and a person's picks, as one picture for the phone."""
