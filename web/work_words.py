"""How building projects and their stages read."""

from collections.abc import Mapping

from estate.language import N_, Message, say
from estate.projects.rules import StageKind

STAGES: Mapping[StageKind, str] = {
    StageKind.IDEA: N_("Idea"),
    StageKind.FIRST_STUDY: N_("First study"),
    StageKind.APPLICATION: N_("Application"),
    StageKind.PROGRAMME: N_("Programme"),
    StageKind.PROPOSAL: N_("Proposal"),
    StageKind.FUNDING: N_("Funding"),
    StageKind.DECISION: N_("Decision"),
    StageKind.DESIGN: N_("Design"),
    StageKind.WORKS: N_("Works"),
    StageKind.HANDOVER: N_("Handover"),
    StageKind.ONE_YEAR_CHECK: N_("One-year check"),
}


def work_name(project: str, kind: StageKind | None, stage: str) -> Message:
    """What a project is called, with its stage where there is one."""
    if not project:
        return say(N_("no building project"))
    if kind is None:
        return say("{project}", project=project)
    return say(
        N_("{project}: {stage}"),
        project=project,
        stage=stage or say(STAGES[kind]),
    )


def work_kept(values: Mapping[str, str]) -> Mapping[str, Message]:
    """The two sides of an entry that puts right where a case belongs."""
    return {side: _kept(side, values) for side in ("before", "after")}


def _kept(side: str, values: Mapping[str, str]) -> Message:
    kind = values.get(f"{side}_stage")
    return work_name(
        values.get(f"{side}_name", ""),
        StageKind(kind) if kind else None,
        values.get(f"{side}_stage_name", ""),
    )
