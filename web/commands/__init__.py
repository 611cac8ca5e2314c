"""The command line, one module a group of commands; each is loaded only when it is asked for."""


class Trouble(Exception):
    """Why a command cannot do what was asked, in one sentence."""
