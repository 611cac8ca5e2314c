"""`/open311/v2`: GeoReport v2, for other programs' reports, and what anybody may read of faults."""

import functools
from collections.abc import Callable, Mapping, Sequence

from sqlalchemy.orm import Session
from starlette.datastructures import FormData
from starlette.responses import FileResponse, Response

from engagement.cases import actions
from engagement.cases.actions import Author
from engagement.cases.rules import Draft, Kind, Origin, Private, fits_place
from engagement.categories.queries import categories
from engagement.phrases.queries import phrases
from engagement.published import queries
from engagement.published.queries import PublicFault, Wanted
from estate import clock
from estate.changes.actions import note_key_used
from estate.changes.queries import machine_by_key
from estate.permissions import Permission
from estate.refusals import Missing
from web.api.changes import USED_EVERY
from web.case_words import phrase_in
from web.open311 import rules
from web.open311.notation import Notation, Written, notation_of, written
from web.open311.offered import Service, services
from web.open311.rules import BAD_KEY, NO_KEY_SENT, Refusal, Status, Wrong
from web.routing import page
from web.visits import Answer, Visit

OPEN311 = "/open311/"
SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
CHANGESET = "2026-11-24T00:00:00Z"
"""Since when this endpoint is as it is."""

MOST_PHOTOS = 3


def told(path: str, status: int, sentence: str) -> Response:
    """What the door itself refuses here, as the standard's error list."""
    return _list_of([Wrong(status, sentence)], notation_of(path), status)


def _list_of(wrong: Sequence[Wrong], notation: Notation, status: int) -> Response:
    listed: list[Mapping[str, Written]] = [
        {"code": one.code, "description": one.description} for one in wrong
    ]
    return _answer("errors", listed, notation, status)


def _answer(root: str, value: Written, notation: Notation, status: int = 200) -> Response:
    body = written(root, value, notation)
    headers = {"Cache-Control": "no-cache" if status == 200 else "no-store"}
    return Response(body, status, headers, media_type=notation.media_type)


Told = Callable[[Visit], tuple[str, Written]]


def spoken(tell: Told) -> Callable[[Visit], Answer]:
    """A handler that answers in the notation of its address, also where something is wrong."""

    @functools.wraps(tell)
    def handler(visit: Visit) -> Answer:
        notation = notation_of(visit.request.url.path)
        made = visit.request.method == "POST"
        try:
            if not made:
                _known(visit)
            root, value = tell(visit)
            return _answer(root, value, notation, 201 if made else 200)
        except Refusal as refusal:
            visit.session.rollback()
            return _list_of(refusal.wrong, notation, max(one.status for one in refusal.wrong))

    return handler


def _known(visit: Visit) -> None:
    """Raise Missing for an address that ends in no notation we speak."""
    if visit.part("notation") not in set(Notation):
        raise Missing


def _asked(visit: Visit) -> Mapping[str, str]:
    """What came with the address, of two of a kind the first; for one jurisdiction that is ours."""
    sent: dict[str, str] = {}
    for name, value in visit.request.query_params.multi_items():
        sent.setdefault(name, value)
    return sent


def _organisations(visit: Visit, jurisdiction: str) -> Sequence[int] | None:
    """Whose faults a jurisdiction means: one organisation's, by its number; all, if none is named.

    The host's own name means all, too.
    """
    wanted = jurisdiction.strip()
    if wanted in {"", visit.house.settings.host}:
        return None
    found = queries.organisations_numbered(visit.session, wanted)
    if not found:
        raise Refusal(Wrong(rules.ABSENT, "jurisdiction_id was not found."))
    return found


def _services(visit: Visit) -> Sequence[Service]:
    return services(visit.language, clock.local(visit.now).date())


def _number(visit: Visit, name: str, missing: Wrong) -> int:
    """The number of a request in an address."""
    number = rules.number_of(visit.part(name))
    if number is None:
        raise Refusal(missing)
    return number


def _service(visit: Visit, code: str) -> Service:
    known = {service.code: service for service in _services(visit)}
    if code not in known:
        raise Refusal(rules.NO_SERVICE)
    return known[code]


@spoken
def open311_services(visit: Visit) -> tuple[str, Written]:
    """GeoReport v2: what can be reported."""
    _organisations(visit, _asked(visit).get("jurisdiction_id", ""))
    return "services", [
        {
            "service_code": service.code,
            "service_name": service.name,
            "description": service.description,
            "metadata": bool(service.attributes),
            "type": "realtime",
            "keywords": service.keywords,
            "group": service.group,
        }
        for service in _services(visit)
    ]


@spoken
def open311_service(visit: Visit) -> tuple[str, Written]:
    """GeoReport v2: the further questions of one service."""
    _organisations(visit, _asked(visit).get("jurisdiction_id", ""))
    service = _service(visit, visit.part("service"))
    return "service_definition", {
        "service_code": service.code,
        "attributes": [
            {
                "variable": True,
                "code": attribute.code,
                "datatype": attribute.datatype.value,
                "required": attribute.required,
                "datatype_description": "",
                "order": order,
                "description": attribute.description,
                "values": [{"key": one.key, "name": one.name} for one in attribute.values],
            }
            for order, attribute in enumerate(service.attributes, 1)
        ],
    }


@spoken
def open311_requests(visit: Visit) -> tuple[str, Written]:
    """GeoReport v2: faults at common places, newest first."""
    sent = _asked(visit)
    organisations = _organisations(visit, sent.get("jurisdiction_id", ""))
    asked = rules.asked_for(sent, visit.now)
    for code in asked.services:
        _service(visit, code)
    if asked.by_number and not asked.numbers:
        return "service_requests", []
    wanted = Wanted(
        numbers=asked.numbers,
        categories=asked.services,
        open=Status.OPEN in asked.statuses,
        closed=Status.CLOSED in asked.statuses,
        start=asked.start,
        end=asked.end,
        skip=asked.skip,
        most=asked.page_size,
        organisations=organisations,
    )
    return "service_requests", _requests(visit, queries.public_faults(visit.session, wanted))


@spoken
def open311_request(visit: Visit) -> tuple[str, Written]:
    """GeoReport v2: one fault at a common place."""
    found = queries.public_fault(visit.session, _number(visit, "request", rules.NO_REQUEST))
    if found is None:
        raise Refusal(rules.NO_REQUEST)
    return "service_requests", _requests(visit, [found])


def _requests(visit: Visit, faults: Sequence[PublicFault]) -> list[Mapping[str, Written]]:
    names = {service.code: service.name for service in _services(visit)}
    return [_request(visit, fault, names.get(fault.category, fault.category)) for fault in faults]


def _request(visit: Visit, fault: PublicFault, name: str) -> Mapping[str, Written]:
    status = Status.OPEN if fault.open else Status.CLOSED
    return {
        "service_request_id": str(fault.number),
        "status": status.value,
        "status_notes": _answered(visit, fault) or None,
        "service_name": name,
        "service_code": fault.category,
        "description": fault.words or f"{name}, {fault.place}",
        "agency_responsible": fault.organisation,
        "service_notice": None,
        "requested_datetime": fault.received_at,
        "updated_datetime": fault.changed_at,
        "expected_datetime": None,
        "address": fault.address,
        "address_id": fault.address_id,
        "zipcode": fault.postcode or None,
        "lat": None,
        "long": None,
        "media_url": _photo_address(visit, fault),
    }


def _answered(visit: Visit, fault: PublicFault) -> str:
    """The last answer, a sentence of the phrase book in the language asked for."""
    phrase = phrases(clock.local(visit.now).date()).get(fault.phrase)
    said = phrase_in(visit, phrase, fault.values, visit.language) if phrase else ""
    return " ".join(part for part in (said, fault.answer) if part)


def _photo_address(visit: Visit, fault: PublicFault) -> str | None:
    if fault.photo is None:
        return None
    path = visit.url_for("open311_photo", request=fault.number, n=fault.photo)
    return f"{visit.house.settings.base_url}{path}"


def open311_photo(visit: Visit) -> Answer:
    """A photo that came with a report by GeoReport v2."""
    number = rules.number_of(visit.part("request"))
    if number is None:
        raise Missing
    found = queries.public_photo(visit.session, number, visit.part("n"))
    if found is None:
        raise Missing
    path = visit.house.photos.path(found.digest)
    headers = {"Cache-Control": "public, max-age=3600", "ETag": f'"{found.digest[:24]}"'}
    return FileResponse(path, headers=headers, media_type="image/webp")


@spoken
def open311_token(visit: Visit) -> tuple[str, Written]:
    """GeoReport v2: the number behind a token. Every report gets its number at once: the same."""
    found = queries.public_fault(visit.session, _number(visit, "token", rules.NO_TOKEN))
    if found is None:
        raise Refusal(rules.NO_TOKEN)
    return "service_requests", [
        {"service_request_id": str(found.number), "token": str(found.number)}
    ]


@spoken
def open311_discovery(visit: Visit) -> tuple[str, Written]:
    """GeoReport v2: where the endpoint is, and whom to ask for a key."""
    settings = visit.house.settings
    contact = f"{settings.base_url}{visit.url_for('contact')}"
    return "discovery", {
        "changeset": CHANGESET,
        "contact": contact,
        "key_service": f"The office of the estate gives keys: {contact}",
        "endpoints": [
            {
                "specification": SPECIFICATION,
                "url": f"{settings.base_url}/open311/v2",
                "changeset": CHANGESET,
                "type": "test" if visit.house.demo else "production",
                "formats": ["text/xml", "application/json"],
            }
        ],
    }


def brings_key(session: Session, fields: FormData) -> bool:
    """Whether a form's api_key is one of a machine."""
    key = fields.get("api_key")
    return isinstance(key, str) and machine_by_key(session, key.strip()) is not None


@spoken
def open311_report(visit: Visit) -> tuple[str, Written]:
    """GeoReport v2: report a fault, with up to three photos as `media`."""
    key = visit.form.text("api_key")
    machine = machine_by_key(visit.session, key)
    if machine is None:
        raise Refusal(BAD_KEY if key else NO_KEY_SENT)
    _known(visit)
    if machine.used_at is None or visit.now - machine.used_at > USED_EVERY:
        note_key_used(visit.session, machine.key, visit.now)
    report = rules.report_of(visit.form.pairs())
    _organisations(visit, visit.form.text("jurisdiction_id"))
    if not report.service:
        raise Refusal(Wrong(rules.BAD, "service_code is required."))
    service = _service(visit, report.service)
    wrong = rules.problems(report, service.attributes)
    speak = visit.house.templates.speeches["en"].say
    wrong += [Wrong(rules.BAD, speak(message)) for message in visit.problems.values()]
    if wrong:
        raise Refusal(*wrong)
    day = clock.local(visit.now).date()
    place = queries.place_by(
        visit.session, machine.administration, report.address_id, report.address, day
    )
    if place is None:
        raise Refusal(rules.NO_PLACE)
    if not fits_place(categories(day)[service.code], place):
        raise Refusal(rules.NOT_THERE)
    draft = Draft(
        Kind.FAULT,
        "\n".join(part for part in (report.description, report.media_url) if part),
        category=service.code,
        answers={code: given[0] for code, given in _known_answers(report, service).items()},
        private=Private(phone=report.contact),
    )
    author = Author(Origin.OPEN311, language=visit.language)
    case = actions.open_case(visit.session, author, draft, place, visit.now, visit.now)
    for picture in visit.form.pictures:
        actions.add_photo(visit.session, visit.house.photos, case, picture)
    return "service_requests", [
        {
            "service_request_id": str(case.id),
            "service_notice": service.description,
            "account_id": None,
        }
    ]


def _known_answers(report: rules.Report, service: Service) -> Mapping[str, tuple[str, ...]]:
    asked = {attribute.code for attribute in service.attributes}
    return {code: given for code, given in report.attributes.items() if code in asked}


BASE = "/open311/v2"

PAGES = [
    page(f"{BASE}/discovery.{{notation}}", open311_discovery, allow=Permission.VISIT),
    page(f"{BASE}/services.{{notation}}", open311_services, allow=Permission.VISIT),
    page(f"{BASE}/services/{{service}}.{{notation}}", open311_service, allow=Permission.VISIT),
    page(f"{BASE}/requests.{{notation}}", open311_requests, allow=Permission.VISIT),
    page(
        f"{BASE}/requests.{{notation}}",
        open311_report,
        allow=Permission.MACHINE,
        method="POST",
        machine=True,
        photos=MOST_PHOTOS,
        opens=brings_key,
        keyless=403,
    ),
    page(f"{BASE}/requests/{{request}}.{{notation}}", open311_request, allow=Permission.VISIT),
    page(f"{BASE}/requests/{{request}}/photos/{{n:int}}", open311_photo, allow=Permission.VISIT),
    page(f"{BASE}/tokens/{{token}}.{{notation}}", open311_token, allow=Permission.VISIT),
]
