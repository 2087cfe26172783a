"""A bare view beside the product's own addresses: authentication, throttle, one committed insert, and nothing else."""

from django.db import connection
from django.urls import include, path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from config import urls
from marketplace.http.throttles import ReadThrottle, WriteThrottle
from tests.benchmarks.http_cast import TABLE

INSERT = f"INSERT INTO {TABLE} (person, at) VALUES (%s, clock_timestamp())"  # noqa: S608 - our own name


class BareView(APIView):
    """What any service written with these tools pays for a call that keeps one row."""

    throttle_classes = [ReadThrottle, WriteThrottle]

    def post(self, request: Request) -> Response:
        """Keep a row."""
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [request.user.pk])
        return Response({"kept": True}, status=201)


urlpatterns = [path("bare/", BareView.as_view()), path("", include(urls))]
