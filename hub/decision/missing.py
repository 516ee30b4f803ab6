"""Posts that people hold and that no file names any more: an operator must hear who they are."""

from collections.abc import Collection

from hub.store.commit import Tx
from hub.store.tables import review

CODE = "position.missing"


def alarm_missing(posts: Collection[str], tx: Tx) -> int:
    """Raise an alarm for every holder of a post that is not among these; how many there are.

    Their doors stay as they are: only an issuer's word, or the end of what they rest on, closes them.
    """
    held = {row.position for row in tx.session.all(review.positions_held, {})}
    holders = 0
    for position in sorted(held - set(posts)):
        for row in tx.session.all(review.scopes_in, {"position": position}):
            if row.scope != "none":
                tx.log("alarm", person=row.person, position=position, code=CODE)
                holders += 1
    return holders
