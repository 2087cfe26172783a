"""The calls of `/api/v1/`."""

from django.urls import path, re_path

from marketplace.api.views.cancel_requests import CancelRequestsView, CancelRequestView, EligibilityView, WithdrawView
from marketplace.api.views.deals import DealsView, DealView
from marketplace.api.views.delivery import ApproveView, DeliverView, ReviewView, SendBackView
from marketplace.api.views.description import DocsView, SchemaView
from marketplace.api.views.elsewhere import ElsewhereView
from marketplace.api.views.people import LogOutView, MeView, TokenView
from marketplace.api.views.schedule import ScheduleView
from marketplace.api.views.sellers import SellerResumeView, SellerView, StandingView
from marketplace.api.views.services import PauseView, PublishView, ResumeView, ServicesView, ServiceView
from marketplace.api.views.talk import MessagesView, RoomsView, RoomView

app_name = "api"
urlpatterns = [
    path("auth/token/", TokenView.as_view(), name="token"),
    path("auth/logout/", LogOutView.as_view(), name="log-out"),
    path("me/", MeView.as_view(), name="me"),
    path("services/", ServicesView.as_view(), name="services"),
    path("services/<uuid:service_id>/", ServiceView.as_view(), name="service"),
    path("services/<uuid:service_id>/publish/", PublishView.as_view(), name="publish"),
    path("services/<uuid:service_id>/pause/", PauseView.as_view(), name="pause"),
    path("services/<uuid:service_id>/resume/", ResumeView.as_view(), name="resume"),
    path("deals/", DealsView.as_view(), name="deals"),
    path("deals/<uuid:deal_id>/", DealView.as_view(), name="deal"),
    path("deals/<uuid:deal_id>/review/", ReviewView.as_view(), name="review"),
    path("talk-rooms/", RoomsView.as_view(), name="talk-rooms"),
    path("talk-rooms/<uuid:room_id>/", RoomView.as_view(), name="talk-room"),
    path("talk-rooms/<uuid:room_id>/messages/", MessagesView.as_view(), name="messages"),
    path("talk-rooms/<uuid:room_id>/cancel-eligibility/", EligibilityView.as_view(), name="cancel-eligibility"),
    path("talk-rooms/<uuid:room_id>/cancel-requests/", CancelRequestsView.as_view(), name="cancel-requests"),
    path("talk-rooms/<uuid:room_id>/schedule/", ScheduleView.as_view(), name="schedule"),
    path("talk-rooms/<uuid:room_id>/deliver/", DeliverView.as_view(), name="deliver"),
    path("talk-rooms/<uuid:room_id>/approve/", ApproveView.as_view(), name="approve"),
    path("talk-rooms/<uuid:room_id>/send-back/", SendBackView.as_view(), name="send-back"),
    path("cancel-requests/<uuid:request_id>/", CancelRequestView.as_view(), name="cancel-request"),
    path("cancel-requests/<uuid:request_id>/withdraw/", WithdrawView.as_view(), name="withdraw"),
    path("sellers/<uuid:seller_id>/", SellerView.as_view(), name="seller"),
    path("sellers/me/resume/", SellerResumeView.as_view(), name="seller-resume"),
    path("sellers/me/standing/", StandingView.as_view(), name="standing"),
    path("schema/", SchemaView.as_view(), name="schema"),
    path(
        "docs/",
        DocsView.as_view(url_name="api:schema", template_name="marketplace/docs.html"),
        name="docs",
    ),
    re_path(r"^", ElsewhereView.as_view(), name="elsewhere"),
]
