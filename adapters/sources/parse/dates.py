"""
Dates as people and programs write them → instants. Pure.

Strict on purpose: what is not understood to its last word, or could mean two days, is no date. Libraries that guess
(python-dateutil, dateparser) read 03/04 by a setting and take any number for a day; feedparser reads an epoch as the year 1786.
The forms are those of RFC 822 and 9557, of ctime and JavaScript, seconds and milliseconds since 1970, and of ordinary prose in the
languages below.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from html import unescape
from typing import Final

from bot.weeks import FIRST_YEAR, LAST_YEAR


@dataclass(frozen=True, slots=True)
class Dated:
    """An instant (UTC); with `whole_day` only a day is known, and it is that day's first instant in its zone."""

    instant: datetime
    whole_day: bool = False


def _fold(text: str) -> str:
    bare = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return unicodedata.normalize("NFC", bare).casefold()  # Korean syllables are one character again


def _table(names: str) -> dict[str, int]:
    """Number the words of each line, one line a month or a weekday."""
    lines = [line.split() for line in names.strip().splitlines()]
    return {_fold(word): number for number, words in enumerate(lines, start=1) for word in words}


# English, German, French, Spanish, Italian, Portuguese, Dutch, the Scandinavian languages, Polish, Russian.
_MONTHS: Final = _table("""
january jan januar jänner jän janvier janv enero ene gennaio gen janeiro januari stycznia января янв
february feb februar février févr fév febrero febbraio fevereiro fev februari lutego февраля фев февр
march mar märz mär mrz mars marzo março maart mrt marts marca марта мар
april apr avril avr abril abr aprile kwietnia апреля апр
may mai mayo maggio mag maio mei maj maja мая май
june jun juni juin junio giugno giu junho czerwca июня июн
july jul juli juillet juil julio luglio lug julho lipca июля июл
august aug août agosto ago augustus augusti sierpnia августа авг
september sep sept septembre septiembre setiembre set settembre setembro września сентября сен сент
october oct oktober okt octobre octubre ottobre ott outubro out października октября окт
november nov novembre noviembre novembro listopada ноября ноя нояб
december dec dezember dez décembre déc diciembre dic dicembre dezembro desember des grudnia декабря дек
""")
_WEEKDAYS: Final = _table("""
monday mon montag mo lundi lun lunes lunedì segunda segunda-feira seg maandag ma mandag måndag понедельник пн
tuesday tue tues dienstag di mardi mar martes martedì terça terça-feira ter dinsdag tirsdag tisdag вторник вт
wednesday wed mittwoch mi mercredi mer miércoles mié mercoledì quarta quarta-feira qua woensdag wo onsdag среда ср
thursday thu thur thurs donnerstag do jeudi jeu jueves jue giovedì gio quinta quinta-feira qui donderdag torsdag четверг чт
friday fri freitag fr vendredi ven viernes vie venerdì sexta sexta-feira sex vrijdag vr fredag пятница пт
saturday sat samstag sonnabend sa samedi sam sábado sáb sabato sab zaterdag za lørdag lördag суббота сб
sunday sun sonntag so dimanche dim domingo dom domenica zondag zo søndag söndag воскресенье вс
""")
_FILLERS: Final = frozenset(
    "at on of the um uhr den der am le la el il a de del di do da du om kl г года в the, o".split()
)
# Minutes east of Greenwich. IST, AST, WST and their like are left out: three countries use each, hours apart.
_ZONES: Final = {
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0),
    **dict.fromkeys(("cet", "mez", "west", "met"), 60),
    **dict.fromkeys(("cest", "mesz", "mest", "eet", "sast"), 120),
    **dict.fromkeys(("eest", "msk"), 180),
    "edt": -240, "est": -300, "cdt": -300, "cst": -360, "mdt": -360, "mst": -420, "pdt": -420, "pst": -480,
    "akst": -540, "akdt": -480, "hst": -600, "jst": 540, "kst": 540, "hkt": 480, "sgt": 480, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
}  # fmt: skip
# The United Kingdom's summer time; Bangladesh and Bougainville, which have the same letters, have them in winter, too.
_BRITISH: Final = "bst"
# Java's own form of a date is written all over China, where CST is China's time and not America's.
_OF_JAVA: Final = re.compile(r"^[a-z]{3} [a-z]{3} \d{1,2} [\d:]+ cst \d{4}$")
_OFFSET: Final = r"[+\-]\d{1,2}(?::?\d{2})?(?!\d|:)"
_TIME: Final = re.compile(
    r"(?<![\d.,:])(?P<hour>\d{1,2})"
    r"(?::(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<fraction>[.,]\d{1,9})?)?|\s?h\s?(?P<french>\d{2})?(?![a-z])|\.(?P<german>\d{2})(?=\s?uhr)|(?=\s?uhr|\s?[ap]\.?m\b))"
    r"(?:\s?uhr\b)?(?:\s*(?P<half>[ap])\.?m\b\.?)?"
    rf"(?:\s*(?P<zone>(?:{'|'.join(sorted((*_ZONES, _BRITISH), key=len, reverse=True))})(?![a-z]))?\s?(?P<offset>{_OFFSET})?)"
)
_ISO: Final = re.compile(r"(?<!\d)(?P<year>\d{4})([\-/.])(?P<month>\d{1,2})\2(?P<day>\d{1,2})(?!\d)")
_CJK: Final = re.compile(
    r"(?<!\d)(?P<year>\d{4})\s*[年년]\s*(?P<month>\d{1,2})\s*[月월]\s*(?P<day>\d{1,2})\s*[日号號일]?"
)
# Years of a reign or a republic: the first is 1. A reign begins inside a year, so that its first date is told, too
# (Japan's cabinet orders 1 of 1989 and 143 of 2019); earlier reigns ended before there were feeds.
_ERA: Final = re.compile(
    r"(?P<era>令和|平成|(?:中華)?民國|(?:中华)?民国)\s*(?P<year>\d{1,3}|元)\s*[年.]\s*(?P<month>\d{1,2})\s*[月.]\s*(?P<day>\d{1,2})(?!\d)\s*[日號号.]?"
)
_REIGNS: Final = {"令和": (date(2019, 5, 1), date.max), "平成": (date(1989, 1, 8), date(2019, 4, 30))}
_REPUBLIC: Final = (date(1912, 1, 1), date.max)
_CJK_WEEKDAY: Final = re.compile(
    r"(?:星期|周|週|礼拜)[一二三四五六日天]|[月火水木金土日](?:曜日?)|[월화수목금토일]요일"
)
# With a space after each point: Korean '2026. 8. 13.', German and Czech '13. 8. 2026'.
_SPACED: Final = re.compile(
    r"(?<![\d.])(?:(?P<year>\d{4})\.\s+(?P<month>\d{1,2})\.\s+(?P<day>\d{1,2})\.?|(?P<first>\d{1,2})\.\s+(?P<other>\d{1,2})\.\s+(?P<last>\d{4}))(?![\d.]|\s*\.\s*\d)"
)
# What stands before the day of publication; not 'updated on', which tells another day.
_LABEL: Final = re.compile(
    r"^(?:(?:first )?(?:posted|published|released)|submitted|written|date|publication date|publish date|release date|pubdate|dated"
    r"|veroffentlicht|erschienen|publie|mis en ligne|publicado|publicada|pubblicato|gepubliceerd|geplaatst|publicerad|publisert|opublikowano|опубликовано"
    r"|发布于|发表于|發佈於|發表於|发布时间|发布日期|公開日|投稿日|掲載日|게시일|작성일)"
    r"(?:\s*[:：]\s*|\s+(?:on|am|le|el|em|il|op|den)\s+|\s+|(?=\d))"
)
_DASHES: Final = re.compile(r"\s[‐‑‒–—―]\s")
_DASHED_DAY: Final = re.compile(r"(?<![\w‐‑‒–—])(\d{1,4})[‐‑‒–](\d{1,2}|[^\W\d]{3,12})[‐‑‒–](\d{1,4})(?![\w‐‑‒–—])")
# Of programs that write numbers without leading zeros.
_BARE_CLOCK: Final = re.compile(
    r"(?<![\d:.,+\-])(?P<hour>\d{1,2}):(?P<minute>\d{1,2}):(?P<second>\d{1,2})(?![\d:])"
    r"|^(?P<day>\d{4}-\d{1,2}-\d{1,2}[t ])(?P<only_hour>\d{1,2}):(?P<only_minute>\d)(?=z?$|[+\-]\d)"
)
_TWO_YEARS: Final = re.compile(r"\d{4}[/\-‐‑‒–—]\d{1,2}\s+[^\W\d]")
"""'2025-26 August': a season, and no 26th."""
_ISO_START: Final = re.compile(r"\d{4}-\d{1,2}-\d{1,2}[t ]")
_NUMERIC: Final = re.compile(
    r"(?<!\d)(?P<one>\d{1,2})(?P<sign>[/.\-])(?P<other>\d{1,2})(?P=sign)(?P<year>\d{4}|\d{2})(?!\d)"
)
_COMPACT: Final = re.compile(r"(\d{4})(\d\d)(\d\d)(?:t?(\d\d)(\d\d)(\d\d)?)?(?=$|z|[+\- ])")
_EPOCH: Final = re.compile(r"(?:/date\()?(\d{9,10}|\d{13}|\d{16})(?:\.\d{1,9})?(?:\)/)?")
_WORD: Final = re.compile(r"[^\W\d_]+(?:-feira)?|\d+")
_LONGEST: Final = 100
_CENTURY: Final = 70


def read_date(text: str) -> Dated | None:
    """
    Read a date; None if it is none that is understood for sure. One without a zone is taken as UTC, as RFC 822 does.

    A date without a time, or at midnight, is a whole day: who writes the first instant of a day mostly means that day.

    >>> read_date("August 13, 2026")
    Dated(instant=datetime.datetime(2026, 8, 13, 0, 0, tzinfo=datetime.timezone.utc), whole_day=True)
    >>> read_date("03/04/2026") is None
    True
    """
    written = unescape(re.sub(r"^\s*<!\[CDATA\[|\]\]>\s*$", "", text)).strip()
    said = _fold(written[: _LONGEST + 1])
    if not said or len(said) > _LONGEST:
        return None
    try:
        return _from_epoch(said) or _from_words(_plainly(said))
    except (ValueError, OverflowError):
        return None


def _from_epoch(said: str) -> Dated | None:
    found = _EPOCH.fullmatch(said)
    if not found:
        return None
    digits = found[1]
    instant = datetime.fromtimestamp(int(digits) / 10 ** max(0, len(digits) - 10), UTC)
    return _checked(instant, whole_day=instant.time() == datetime.min.time())


def _plainly(said: str) -> str:
    """Fold the notations that are but other signs for the usual ones."""
    said = re.sub(r"\([^()]*\)|（[^（）]*）|(?<=[\dz])\[!?[\w/+\-]+\]$", " ", said)
    said = _LABEL.sub("", said)
    # U+2212 is a minus sign, which an offset may have (ISO 8601, 3.1.3.3); a dash between two times is none.
    said = _DASHED_DAY.sub(r"\1-\2-\3", _DASHES.sub(" ", said.replace("\u2212", "-")))
    said = _CJK_WEEKDAY.sub(" ", said)
    said = re.sub(r"(?<=\d)\s*[時时点點시]\s*(?=\d)", ":", said)
    said = re.sub(r"(?<=\d)\s*[分분]\s*(?=\d)", ":", re.sub(r"(?<=\d)\s*[時时点點시](?!\s*\d)", ":00", said))
    said = re.sub(r"(?<=\d)\s*[分秒분초]", " ", said)
    said = re.sub(r"(上午|午前|오전)\s*([\d:]+)", r" \2 am ", said)
    said = re.sub(r"(下午|午後|오후)\s*([\d:]+)", r" \2 pm ", said)
    compact = _COMPACT.match(said)
    if compact:
        day = "-".join(compact.groups()[:3])
        clock = f"T{compact[4]}:{compact[5]}:{compact[6] or '00'}" if compact[4] else ""
        said = day + clock.lower() + said[compact.end() :]
    return _BARE_CLOCK.sub(_with_zeros, said)


def _with_zeros(clock: re.Match[str]) -> str:
    day, *numbers = clock.group("day", "hour", "minute", "second", "only_hour", "only_minute")
    return (day or "") + ":".join(number.zfill(2) for number in numbers if number)


def _from_words(said: str) -> Dated | None:
    clock = _TIME.search(said)
    rest = f"{said[: clock.start()]} {said[clock.end() :]}" if clock else said
    named = _day(rest)
    if named is None:
        return None
    day, leftover = named
    if any(not _is_filler(word) for word in _WORD.findall(leftover)) or re.search(r"[+:]", leftover):
        return None
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    if clock is None:
        return _checked(midnight, whole_day=True)
    since, offset = _since_midnight(clock), _offset(clock, day)
    if since is None or offset is None:
        return None
    return _checked(midnight + since - offset, whole_day=not since)


def _checked(instant: datetime, *, whole_day: bool) -> Dated | None:
    return Dated(instant, whole_day) if FIRST_YEAR <= instant.year <= LAST_YEAR else None


def _is_filler(word: str) -> bool:
    return word in _FILLERS or word in _WEEKDAYS or word in {"t", "th", "st", "nd", "rd", "er", "a"}


def _since_midnight(clock: re.Match[str]) -> timedelta | None:
    hour = int(clock["hour"])
    minute = int(clock["minute"] or clock["french"] or clock["german"] or 0)
    second = int(clock["second"] or 0)
    if clock["half"] and hour <= 12:  # noqa: PLR2004 - the hours of half a day
        hour = hour % 12 + (12 if clock["half"] == "p" else 0)
    if minute > 59 or second > 60 or hour > 24 or (hour == 24 and (minute or second)):  # noqa: PLR2004 - of a clock
        return None
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=_micros(clock["fraction"]))


def _micros(fraction: str | None) -> int:
    return int(fraction[1:7].ljust(6, "0")) if fraction else 0


def _offset(clock: re.Match[str], day: date) -> timedelta | None:
    """How far east of Greenwich; no zone is Greenwich. None for one that no place has, or that may be the end of a span."""
    if clock["zone"] == _BRITISH:
        return timedelta(hours=1) if _is_british_summer(day) and not clock["offset"] else None
    if _is_span(clock):
        return None
    minutes = _ZONES[clock["zone"]] if clock["zone"] else 0
    if clock["zone"] == "cst" and _OF_JAVA.search(clock.string):
        return None
    if clock["offset"]:
        if clock["zone"] not in {None, "gmt", "utc", "ut"}:
            return None
        digits = clock["offset"][1:].replace(":", "")
        hours, rest = (digits[:-2], digits[-2:]) if len(digits) > 2 else (digits, "0")  # noqa: PLR2004 - hours alone
        minutes = (int(hours) * 60 + int(rest)) * (-1 if clock["offset"][0] == "-" else 1)
    return timedelta(minutes=minutes) if abs(minutes) <= 14 * 60 else None


def _is_british_summer(day: date) -> bool:
    """From the last Sunday of March to the last of October (Summer Time Order 2002)."""
    begins, ends = (
        last - timedelta(days=last.isoweekday() % 7) for last in (date(day.year, 3, 31), date(day.year, 10, 31))
    )
    return begins <= day <= ends


def _is_span(clock: re.Match[str]) -> bool:
    """'10:00-12:00' in prose is two hours of a meeting, after an ISO date a time and its offset."""
    offset = clock["offset"] or ""
    return (
        offset.startswith("-")
        and ":" in offset
        and not (clock["second"] or clock["zone"])
        and not clock.string[clock.start("offset") - 1].isspace()
        and not _ISO_START.match(clock.string)
    )


def _day(rest: str) -> tuple[date, str] | None:
    """The one day that a text names, and what else it says."""
    if found := _ERA.search(rest):
        return _day_of_era(found), rest[: found.start()] + " " + rest[found.end() :]
    if found := _SPACED.search(rest):
        year, month, number = (
            found["year"] or found["last"],
            found["month"] or found["other"],
            found["day"] or found["first"],
        )
        return date(int(year), int(month), int(number)), rest[: found.start()] + " " + rest[found.end() :]
    for pattern in (_ISO, _CJK):
        if found := pattern.search(rest):
            day = date(int(found["year"]), int(found["month"]), int(found["day"]))
            return day, rest[: found.start()] + " " + rest[found.end() :]
    if found := _NUMERIC.search(rest):
        leftover = rest[: found.start()] + " " + rest[found.end() :]
        weekdays = {_WEEKDAYS[word] for word in _WORD.findall(leftover) if word in _WEEKDAYS}
        days = set(_numeric(found))
        if len(days) > 1 and len(weekdays) == 1:
            days = {day for day in days if day.isoweekday() in weekdays}
        return (days.pop(), leftover) if len(days) == 1 else None
    return _with_month_name(rest)


def _day_of_era(found: re.Match[str]) -> date:
    """Raises ValueError for a day that the era does not have."""
    begins, ends = _REIGNS.get(found["era"], _REPUBLIC)
    year = begins.year - 1 + (1 if found["year"] == "元" else int(found["year"]))
    day = date(year, int(found["month"]), int(found["day"]))
    if not begins <= day <= ends:
        raise ValueError(found[0])
    return day


def _numeric(found: re.Match[str]) -> Iterator[date]:
    """
    The days that three numbers may mean. With points it is the day first, with strokes either way; a year of two digits may
    stand at either end.
    """
    one, other, year = int(found["one"]), int(found["other"]), int(found["year"])
    short = len(found["year"]) == 2  # noqa: PLR2004 - digits
    full = _full_year(year) if short else year
    orders = [(full, other, one)]
    if found["sign"] != ".":
        orders.append((full, one, other))
    if short:
        orders.append((_full_year(one), other, year))
    for order in orders:
        try:
            yield date(*order)
        except ValueError:
            continue


def _full_year(year: int) -> int:
    """RFC 2822, 4.3, with the pivot that POSIX has."""
    return year + (1900 if year >= _CENTURY else 2000)


def _with_month_name(rest: str) -> tuple[date, str] | None:
    if _TWO_YEARS.search(rest):
        return None
    words = _WORD.findall(rest)
    months = [place for place, word in enumerate(words) if word in _MONTHS]
    if len(months) > 1:
        # 'mar' is Tuesday, too, in French, Spanish and Italian.
        months = [place for place in months if words[place] not in _WEEKDAYS]
    numbers = [place for place, word in enumerate(words) if word.isdecimal()]
    if len(months) != 1 or len(numbers) != 2:  # noqa: PLR2004 - a day and a year
        return None
    month = months[0]
    years = [place for place in numbers if len(words[place]) == 4]  # noqa: PLR2004 - digits
    if len(years) == 1:
        year = int(words[years[0]])
    elif numbers[0] < month < numbers[1] and len(words[numbers[1]]) == 2:  # noqa: PLR2004 - RFC 822: 13 Aug 26
        years, year = [numbers[1]], _full_year(int(words[numbers[1]]))
    else:
        return None
    (day,) = (place for place in numbers if place not in years)
    leftover = " ".join(word for place, word in enumerate(words) if place not in {month, day, years[0]})
    return date(year, _MONTHS[words[month]], int(words[day])), leftover
