"""With deletion_protection, `terraform destroy` destroys nothing that the module makes."""

from tests.support.configuration import protected, resources


def test_the_protection_is_destroyed_before_anything_else() -> None:
    assert protected() == resources()
