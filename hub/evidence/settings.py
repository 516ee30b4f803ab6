"""How attendance of a course is counted, as the folds want it, from what ``courses.toml`` says."""

from datetime import timedelta
from fractions import Fraction

from hub.rules.attendance.room import Tolerances
from hub.rules.attendance.session import RoomSettings
from hub.rules.attendance.statements import StudySettings
from schemas.position import CourseVersion

_MINUTE = 60


def room_settings(course: CourseVersion) -> RoomSettings:
    """Of a course in a room."""
    return RoomSettings(
        tolerances=Tolerances(
            late=course.late_grace_minutes * _MINUTE,
            early=course.early_grace_minutes * _MINUTE,
            leave=course.leave_tolerance_minutes * _MINUTE,
            cap=course.tolerance_cap_minutes * _MINUTE,
            leave_deduction=course.leave_deduction,
        ),
        enter_before=timedelta(minutes=course.enter_before_minutes),
        leave_after=timedelta(minutes=course.leave_after_minutes),
        settle=timedelta(minutes=course.settle_minutes),
        complete_rate=Fraction(course.complete_rate),
    )


def study_settings(course: CourseVersion, *, reports_activity: bool) -> StudySettings:
    """Of an online course whose source reports what happens between opening and closing, or does not."""
    return StudySettings(
        nominal=(course.nominal_minutes or 0) * _MINUTE,
        idle=course.idle_minutes * _MINUTE,
        longest_break=course.break_minutes * _MINUTE,
        resume_days=course.resume_days,
        min_share=float(course.min_share),
        reports_activity=reports_activity,
        needs_time=course.time_evidence == "required",
        popups=course.popups,
        repeats=course.repeats,
        category=course.category or "",
    )
