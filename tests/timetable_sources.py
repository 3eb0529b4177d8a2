"""Small timetables of every format, with the oddities of real ones."""

import json
from typing import Any, Final

XML: Final = """<?xml version="1.0" encoding="UTF-8"?>
<schedule><conference><title>Xfest &amp; more</title><time_zone_name>Europe/Berlin</time_zone_name></conference>
<day index="1" date="2027-03-27" start="2027-03-27T09:00:00+01:00" end="2027-03-28T03:59:00+01:00">
<room name="Saal 1"><event id="1" guid="same"><date>2027-03-27T10:00:00+01:00</date><start>10:00</start>
<duration>00:45</duration><room>Saal 1</room><title>Opening</title><subtitle>sub</subtitle><type>lecture</type>
<persons><person id="1">Alice</person><person id="2">Bob</person></persons></event>
<event id="2" guid="same"><start>23:30</start><duration>001:02:00</duration><title>Night</title></event>
</room></day></schedule>
"""

ICAL: Final = """BEGIN:VCALENDAR
VERSION:2.0
X-WR-CALNAME:Fes
BEGIN:VTIMEZONE
TZID:Fes Time
BEGIN:STANDARD
DTSTART:19700101T000000
TZOFFSETFROM:+0900
TZOFFSETTO:+0900
END:STANDARD
END:VTIMEZONE
BEGIN:VEVENT
UID:1
DTSTART;TZID=Fes Time:20270806T103000
DTEND;TZID=Fes Time:20270806T110000
SUMMARY:朝\\, 夜
LOCATION:HOT
DESCRIPTION:a\\nb
END:VEVENT
BEGIN:VEVENT
UID:2
DTSTART:20270806T103000Z
DURATION:PT45M
SUMMARY:Two
RRULE:FREQ=DAILY;COUNT=3
END:VEVENT
BEGIN:VEVENT
DTSTART:20270806T120000
DTEND:20270806T123000
SUMMARY:Floating
LOCATION:SKY
END:VEVENT
BEGIN:VEVENT
DTSTART;VALUE=DATE:20270806
SUMMARY:All day
END:VEVENT
BEGIN:VEVENT
DTSTART:20270806T120000
DTEND:20270806T123000
STATUS:CANCELLED
SUMMARY:Off
END:VEVENT
BEGIN:VEVENT
DTSTART:20270806T120000
SUMMARY:Endless
END:VEVENT
END:VCALENDAR
"""

CSV: Final = """日程,ステージ,開始,終了,出演者,詳細
1日目,HOT,10:30,11:00,"あ,い","x
y"
day2,SKY,25:30,26:00,う,
2027-08-06,SKY,23:30,0:15,え,
1日目,HOT,12:00,,お,
"""

TSV: Final = (
    "DAY1\n\tA\tB\tC\n10：30～11：00\tあ\t\tい（う）\n930～1000\tえ\tお\n\nDAY2\n10：30～11：00\t未使用\tか\t\n"
)

TIF: Final = json.dumps(
    {
        "day1": {"HOT STAGE": [{"start": "1030", "end": "1100", "artist": "ラジオ体操 ", "detail": "あ<br>い<br>"}]},
        "day2": {"SKY": [{"start": "2530", "end": "2600", "artist": "ｶﾌｪ❤︎", "detail": "null"}] * 2},
    },
    ensure_ascii=False,
)

FESFOLIO: Final = json.dumps(
    {
        "event_name": "E",
        "date": "2027-08-06",
        "stages": [{"stage_id": "a", "stage_name": "ライブA"}],
        "timetable": [{"stage_id": "a", "start": "23:30", "end": "00:10", "act": "あ", "type": "live"}],
    },
    ensure_ascii=False,
)


def event(**more: Any) -> dict[str, Any]:
    """An event of frab's JSON."""
    return {"date": "2027-03-27T10:00:00+01:00", "start": "10:00", "duration": "00:45", "title": "Talk", **more}


def schedule(events: list[Any], room: str = "Saal") -> str:
    """frab's JSON of one day and room."""
    days = [{"index": 1, "date": "2027-03-27", "rooms": {room: events}}]
    return json.dumps({"schedule": {"conference": {"title": "Conf", "days": days}}})


ALL: Final = (XML, ICAL, CSV, TSV, TIF, FESFOLIO, schedule([event(), event(type="lecture", persons=[{"name": "Eve"}])]))
