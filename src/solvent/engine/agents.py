"""Agents: identities that sign for an account that they do not belong to, one for each name.

When an agent's time is over is for whoever authenticates a request to say; its name it has until another
takes it.
"""

from solvent.engine.acting import account_unknown
from solvent.engine.commands import ApproveAgent
from solvent.engine.events import AgentApproved
from solvent.engine.recorder import Recorder
from solvent.engine.refusals import Code, refuse
from solvent.margin import Refused, Term

NAMED_MAX = 3
NAME_CHARS_MAX = 64


def approve_agent(recorder: Recorder, command: ApproveAgent) -> Refused | None:
    """Make an agent known in place of the one that has its name; the same one again has a new end."""
    state = recorder.state
    if command.account not in state.accounts:
        return account_unknown(command.account)
    if not command.agent or len(command.name) > NAME_CHARS_MAX:
        return refuse(
            Code.AGENT_INVALID,
            f"the agent {command.agent!r} is called {command.name!r}; give an identity, and a name of at "
            f"most {NAME_CHARS_MAX} characters or none",
            Term("agent", command.agent),
        )
    known = state.agents.get(command.agent)
    is_renewed = known is not None and (known.account, known.name) == (command.account, command.name)
    if command.agent in state.identities or (known is not None and not is_renewed):
        return refuse(
            Code.AGENT_TAKEN,
            f"{command.agent} belongs to an account, or signs already; one identity signs in one way",
            Term("agent", command.agent),
        )
    own = {agent.name: agent.agent for agent in state.agents.values() if agent.account == command.account}
    if command.name and command.name not in own and len(own.keys() - {""}) >= NAMED_MAX:
        return refuse(
            Code.AGENTS_FULL,
            f"the account has {NAMED_MAX} named agents; give the name of one of them, which it replaces",
            Term("named_max", NAMED_MAX),
        )
    recorder.emit(
        AgentApproved(
            at_ms=recorder.now_ms,
            account=command.account,
            agent=command.agent,
            name=command.name,
            expires_ms=command.expires_ms,
            replaced=own.get(command.name),
        )
    )
    return None
