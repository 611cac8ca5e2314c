"""Long work somebody asked for: how far it is, and the file it made."""

from starlette.responses import FileResponse

from estate.jobs.queries import JobView, own_job
from estate.language import N_, say
from estate.permissions import Permission
from estate.refusals import Missing
from web.kinds import JOB_KIND
from web.routing import page
from web.visits import Answer, Go, Visit


def _own(visit: Visit) -> JobView:
    job = own_job(visit.session, visit.part("job"), visit.reader.id)
    if job is None:
        raise Missing
    return job


def job(visit: Visit) -> Answer:
    """How far a job of mine is; once it is done without a file, on to the page it was for."""
    mine = _own(visit)
    kind = JOB_KIND.get(mine.kind)
    label = say(kind.label if kind else N_("Something you asked for"))
    did = say(kind.did) if kind and kind.did else say(N_("It is done: {work}."), work=label)
    done = not (mine.under_way or mine.failed)
    onward = done and not mine.result and bool(mine.address)
    if onward and visit.whole:
        return Go(mine.address, did)
    return visit.show("jobs/job.html", block="job", job=mine, label=label, onward=onward)


def job_file(visit: Visit) -> Answer:
    """The file a job of mine made."""
    mine = _own(visit)
    path = visit.house.settings.data / "jobs" / mine.result
    if mine.failed or not mine.result or not path.is_file():
        raise Missing
    return FileResponse(
        path, filename=mine.title or mine.result, headers={"Cache-Control": "no-store"}
    )


PAGES = [
    page("/jobs/{job:int}", job, allow=Permission.OWN_PAGES),
    page("/jobs/{job:int}/file", job_file, allow=Permission.OWN_PAGES),
]
