"""The to-do list (やることリスト) and its badge."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from marketplace import clock
from marketplace.http.endpoint import Endpoint
from notifications import todos
from notifications.api.serializers.todos import Badge, TodoShown


class TodosView(Endpoint):
    pagination_class = None

    @extend_schema(responses={200: TodoShown(many=True)}, summary="What waits for you (すべてを見る)")
    def get(self, _request: Request) -> Response:
        """List what waits for you, soonest due first, without a date last; at most 200. At most one sweep old."""
        return Response(self.shown(TodoShown, todos.waiting_for(self.person, clock.now()), many=True))


class TodoCountView(Endpoint):
    @extend_schema(responses={200: Badge}, summary="How much waits for you (赤丸の数字)")
    def get(self, _request: Request) -> Response:
        """Count what waits for you."""
        return Response(self.shown(Badge, {"unhandled": todos.count(self.person, clock.now())}))
