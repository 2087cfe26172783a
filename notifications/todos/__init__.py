"""The to-do list (やることリスト): derived from marketplace's state, with no row of its own: it cannot be wrong.

A to-do is handled by the act (a reply, an approval…), not by looking.
"""

from notifications.todos.kinds import Todo, TodoKind
from notifications.todos.waiting import AT_MOST, Unhandled, count, unhandled_by, waiting_for
