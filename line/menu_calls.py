"""The calls about rich menus. What should exist is decided in line/rich_menus.py."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from line.answers import Accepted, Answer, Failure, accepted, expected, text_at
from line.outcomes import Later

if TYPE_CHECKING:
    from line.sdk_client import SdkClient

MOST_USERS = 500
"""LINE's limit for one bulk call."""


@dataclass(frozen=True, slots=True)
class MenuId:
    """What LINE calls a menu it has just made."""

    line_menu_id: str


@dataclass(frozen=True, slots=True)
class Menus:
    """The menus that LINE has of ours, as id and name; those made in LINE's own web tool are not told."""

    found: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Aliases:
    """The names that tabs can switch to, with the ids of their menus."""

    found: Mapping[str, str]


class MenuCalls:
    """Rich menus at LINE: made once, given one picture, never changed."""

    def __init__(self, client: "SdkClient") -> None:
        self._client = client
        self._api = client.api

    def create(self, body: Mapping[str, Any]) -> MenuId | Failure:
        """Make a menu; it shows only when its picture is there."""
        answer = expected(self._client.post("richmenu/create", "/v2/bot/richmenu", body))
        if not isinstance(answer, Answer):
            return answer
        made = text_at(answer, "richMenuId")
        # LINE has made one and not told its name: the list will.
        return Later("no id in the answer", maybe_sent=True) if made is None else MenuId(made)

    def upload(self, line_menu_id: str, picture: bytes, *, content_type: str) -> Accepted | Failure:
        """Give a menu its picture, PNG or JPEG of at most 1 MB; possible once."""
        return accepted(
            self._client.ask(
                "richmenu/upload",
                self._client.blob.set_rich_menu_image_with_http_info,
                line_menu_id,
                body=picture,
                _headers={"Content-Type": content_type},
            )
        )

    def delete(self, line_menu_id: str) -> Accepted | Failure:
        """Delete a menu; whoever was linked to it sees the default one."""
        return self._do("richmenu/delete", self._api.delete_rich_menu_with_http_info, line_menu_id)

    def all(self) -> Menus | Failure:
        """Return every menu that was made through the API."""
        answer = expected(self._client.ask("richmenu/list", self._api.get_rich_menu_list_with_http_info))
        if not isinstance(answer, Answer):
            return answer
        listed = answer.body.get("richmenus")
        entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
        return Menus(tuple((str(e.get("richMenuId", "")), str(e.get("name", ""))) for e in entries))

    def set_default(self, line_menu_id: str) -> Accepted | Failure:
        """Show a menu to everybody who has none of their own."""
        return self._do("richmenu/default", self._api.set_default_rich_menu_with_http_info, line_menu_id)

    def clear_default(self) -> Accepted | Failure:
        """Show no menu to those who have none of their own."""
        return self._do("richmenu/default", self._api.cancel_default_rich_menu_with_http_info)

    def link(self, user_id: str, line_menu_id: str) -> Accepted | Failure:
        """Give somebody a menu of their own; without effect unless they follow."""
        call = self._api.link_rich_menu_id_to_user_with_http_info
        return self._do("richmenu/link", call, user_id, line_menu_id)

    def unlink(self, user_id: str) -> Accepted | Failure:
        """Leave somebody with the default menu."""
        return self._do("richmenu/unlink", self._api.unlink_rich_menu_id_from_user_with_http_info, user_id)

    def bulk_link(self, user_ids: Sequence[str], line_menu_id: str) -> Accepted | Failure:
        """Give up to 500 people a menu; LINE does it within seconds and tells nothing of how it went."""
        models = self._client.models
        request = models.RichMenuBulkLinkRequest(richMenuId=line_menu_id, userIds=list(user_ids))
        call = self._api.link_rich_menu_id_to_users_with_http_info
        return self._do("richmenu/bulk/link", call, request)

    def bulk_unlink(self, user_ids: Sequence[str]) -> Accepted | Failure:
        """Leave up to 500 people with the default menu."""
        request = self._client.models.RichMenuBulkUnlinkRequest(userIds=list(user_ids))
        call = self._api.unlink_rich_menu_id_from_users_with_http_info
        return self._do("richmenu/bulk/unlink", call, request)

    def aliases(self) -> Aliases | Failure:
        """Return every alias and the menu it points at."""
        call = self._api.get_rich_menu_alias_list_with_http_info
        answer = expected(self._client.ask("richmenu/alias/list", call))
        if not isinstance(answer, Answer):
            return answer
        listed = answer.body.get("aliases")
        entries = [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
        return Aliases({str(e.get("richMenuAliasId", "")): str(e.get("richMenuId", "")) for e in entries})

    def create_alias(self, alias: str, line_menu_id: str) -> Accepted | Failure:
        """Give a menu, which has its picture, a name that tabs can switch to."""
        models = self._client.models
        request = models.CreateRichMenuAliasRequest(richMenuAliasId=alias, richMenuId=line_menu_id)
        return self._do("richmenu/alias/create", self._api.create_rich_menu_alias_with_http_info, request)

    def update_alias(self, alias: str, line_menu_id: str) -> Accepted | Failure:
        """Point an existing name at another menu; Missing when there is no such name."""
        request = self._client.models.UpdateRichMenuAliasRequest(richMenuId=line_menu_id)
        call = self._api.update_rich_menu_alias_with_http_info
        return self._do("richmenu/alias/update", call, alias, request)

    def delete_alias(self, alias: str) -> Accepted | Failure:
        """Forget a name."""
        return self._do("richmenu/alias/delete", self._api.delete_rich_menu_alias_with_http_info, alias)

    def _do(self, endpoint: str, call: Any, *args: Any) -> Accepted | Failure:
        return accepted(self._client.ask(endpoint, call, *args))
