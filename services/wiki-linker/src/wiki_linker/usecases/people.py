"""People: registering, logging in and out, roles, API keys."""

from genba_servicekit.auth import ApiKey, BadName, Principal, Role, User, check_name
from genba_servicekit.auth_cache import SessionCache
from genba_servicekit.errors import Forbidden, NotFound
from genba_servicekit.passwords import PasswordHasher
from wiki_linker.core.entities import Change, OpenedSession
from wiki_linker.ports import Freshness, Limiter, PeopleStore


class WrongLogin(Forbidden):
    """The name is unknown or the password is not its own: which of the two is not said."""

    title = "Wrong name or password"


class RegistrationClosed(Forbidden):
    """People cannot register by themselves here."""

    title = "Registration is closed"


class Accounts:
    """Everything about people. Log-ins are limited by account and by address."""

    def __init__(
        self,
        people: PeopleStore,
        hasher: PasswordHasher,
        limiter: Limiter,
        freshness: Freshness,
        *,
        registration: bool,
        new_user_role: Role,
        account_limit: str,
        address_limit: str,
    ) -> None:
        self._people = people
        self._hasher = hasher
        self._limiter = limiter
        self._freshness = freshness
        self._registration = registration
        self._new_user_role = new_user_role
        self._account_limit = account_limit
        self._address_limit = address_limit

    async def register(self, name: str, password: str, *, address: str) -> User:
        """Add a person who asks for it.

        Raises:
            RegistrationClosed, TooManyRequests, NameTaken, BadName, BadPassword.
        """
        if not self._registration:
            raise RegistrationClosed("Ask whoever runs this wiki for an account.")
        await self._limiter.hit(self._address_limit, "register", address)
        return await self.add(name, password, self._new_user_role)

    async def add(self, name: str, password: str, role: Role) -> User:
        """Add a person.

        Raises:
            NameTaken, BadName, BadPassword.
        """
        check_name(name)  # before a core works on the password for 25 ms
        return await self._people.create(name, await self._hasher.hash(password), role)

    async def log_in(self, name: str, password: str, *, address: str) -> tuple[User, OpenedSession]:
        """Open a session for whoever knows the password.

        Raises:
            WrongLogin: no such name, or not its password.
            TooManyRequests: too many attempts on this account or from this address.
        """
        await self._limiter.hit(self._address_limit, "login", "address", address)
        user = None
        if _could_be_a_name(name):  # else there is nothing to count it under: a megabyte of it would be kept in memory
            await self._limiter.hit(self._account_limit, "login", "account", name)
            user = await self._people.find(name)
        right = await self._hasher.verify(None if user is None else user.password_hash, password)
        if user is None or not right or user.disabled:
            raise WrongLogin("The name or the password is wrong.")
        if self._hasher.needs_rehash(user.password_hash):
            await self._people.set_password_hash(user.id, await self._hasher.hash(password))
        return user, await self._people.open_session(user.id)

    async def log_out(self, token: str) -> None:
        """End a session, everywhere at once. Ending one that has ended changes nothing."""
        if await self._people.end_session(token):
            await self._freshness.announce()

    async def user(self, name: str) -> User:
        """The person of this name.

        Raises:
            NotFound: there is none.
        """
        found = await self._people.find(name)
        if found is None:
            raise NotFound(f"There is nobody called “{name}”.")
        return found

    async def set_role(self, name: str, role: Role) -> None:
        """Give a person another role, from the next request on.

        Raises:
            NotFound: there is nobody of this name.
        """
        if not await self._people.set_role(name, role):
            raise NotFound(f"There is nobody called “{name}”.")
        await self._freshness.announce()

    async def create_key(self, principal: Principal, *, name: str, role: Role) -> tuple[ApiKey, str]:
        """Make an API key for oneself.

        Raises:
            Forbidden: its role would be above one's own, or one is no person.
        """
        if principal.user_id is None:
            raise Forbidden("A key belongs to a person.")
        if not principal.role.allows(role):
            raise Forbidden(f"A key cannot be {role} where its owner is {principal.role}.")
        return await self._people.create_key(name=name, role=role, owner_id=principal.user_id)

    async def keys(self, principal: Principal) -> list[ApiKey]:
        """One's own API keys that are in use."""
        return [] if principal.user_id is None else await self._people.keys(principal.user_id)

    async def revoke_key(self, principal: Principal, key_id: int) -> None:
        """Make an API key useless; an administrator's word goes for anybody's.

        Raises:
            NotFound: there is no such key in use.
        """
        admin = principal.role is Role.ADMIN
        nobody = principal.user_id is None and not admin
        if nobody or not await self._people.revoke_key(key_id, owner_id=None if admin else principal.user_id):
            raise NotFound("There is no such key in use.")
        await self._freshness.announce()


def _could_be_a_name(name: str) -> bool:
    try:
        check_name(name)
    except BadName:
        return False
    return True


def forget_revoked(cache: SessionCache, change: Change) -> None:
    """Empty the session cache of what a change has revoked."""
    if change.operation == "session":
        cache.drop(change.author)
    elif change.operation == "account":
        cache.drop_user(int(change.author))
