import jwt

from emulators.testing import tenant_endpoint


async def test_a_token_is_good_by_the_keys_that_are_published() -> None:
    async with tenant_endpoint() as entra:
        token = entra.tenant.token("api://shop", ["read"], oid="ada")  # what else is named replaces a claim
        keys = jwt.PyJWKSet.from_dict(entra.tenant.key_set())

        claims = jwt.decode(
            token, keys["key-1"], ["RS256"], audience="api://shop", issuer=f"{entra.authority}/{entra.tenant.id}/v2.0"
        )

        assert (claims["roles"], claims["oid"]) == (["read"], "ada")
        entra.tenant.rotate()
        assert [key["kid"] for key in entra.tenant.key_set()["keys"]] == ["key-1", "key-2"]
