"""The services' routes and API Gateway's are the same."""

from tests.support.api import PAGE_CALLS
from tests.support.configuration import routes
from tests.support.services import load


def routes_of(service: str) -> dict[str, str]:
    """The service, by each call that its app answers."""
    app = load(service, "app").app
    return {
        f"{method} {path}": service for path, methods in app.routes.items() for method in methods
    }


def test_api_gateway_leads_every_call_to_the_service_that_answers_it() -> None:
    assert routes() == routes_of("create") | routes_of("reveal") | dict.fromkeys(PAGE_CALLS, "page")


def test_no_two_services_answer_the_same_call() -> None:
    assert not routes_of("create").keys() & routes_of("reveal").keys()
