"""What an action raises when the thing asked for cannot be done."""

from estate.language import N_, Message, say


class Refusal(Exception):
    """Something the person asking is told in a sentence; nothing was changed."""

    def __init__(self, message: Message) -> None:
        super().__init__(message.text)
        self.message = message


class Refused(Refusal):
    """It conflicts with how things stand (409): `Refused(N_("The post is closed."))`."""

    def __init__(self, text: str, **values: object) -> None:
        super().__init__(say(text, **values))


class Missing(Refusal):
    """There is no such thing, or none that this reader may know of (404)."""

    def __init__(self) -> None:
        super().__init__(say(N_("There is nothing here.")))


class Forbidden(Refusal):
    """The person asking may not do that (403)."""

    def __init__(self) -> None:
        super().__init__(say(N_("You do not have access to this page.")))


class Gone(Refusal):
    """It was there and has ended (410): `Gone(N_("This link has ended."))`."""

    def __init__(self, text: str) -> None:
        super().__init__(say(text))


class TooMany(Refusal):
    """Too many tries (429); may be tried again after `seconds`."""

    def __init__(self, seconds: int) -> None:
        super().__init__(say(N_("Too many tries. Wait a little, then try again.")))
        self.seconds = seconds


class Problems(Refusal):
    """A form that has to be filled in differently (422): field name → what to do."""

    def __init__(self, problems: dict[str, Message]) -> None:
        super().__init__(say(N_("Something in the form needs another look.")))
        self.problems = problems
