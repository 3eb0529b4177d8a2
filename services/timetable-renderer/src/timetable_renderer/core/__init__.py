"""What a timetable is and how a picture of it is laid out: pure, without I/O and without a framework."""
