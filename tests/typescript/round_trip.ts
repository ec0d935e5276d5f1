// A secret's life through a client whose types come from docs/openapi.yaml. What compiles is what the
// description allows, and what runs is what the stack answers.

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import createClient from "openapi-fetch";
import type { components, paths } from "./api.js";
import { signer } from "./signature.js";

function environment(name: string): string {
  const value = process.env[name];
  assert(value !== undefined, `${name} is not set`);
  return value;
}

const baseUrl = environment("BURNBAG_URL");
const credentials = {
  keyId: environment("AWS_ACCESS_KEY_ID"),
  secret: environment("AWS_SECRET_ACCESS_KEY"),
  sessionToken: environment("AWS_SESSION_TOKEN"),
};
const sender = createClient<paths>({ baseUrl });
sender.use(signer(credentials, environment("AWS_REGION")));
const recipient = createClient<paths>({ baseUrl });

const health = await recipient.GET("/v1/health");
assert.equal(health.data?.status, "ok");

const sealed = await sender.POST("/v1/secrets", {
  params: { header: { "Idempotency-Key": randomBytes(24).toString("base64url") } },
  body: { secret: "hunter2", ttl: "2h", views: 2, label: "round trip" },
});
assert(sealed.data, JSON.stringify(sealed.error));
const { id, token, receipt_token } = sealed.data;
const link = { path: { id }, header: { "X-Burnbag-Token": token } };
const receipt = { path: { id }, header: { "X-Burnbag-Token": receipt_token } };

const peeked = await recipient.GET("/v1/secrets/{id}", { params: link });
assert.equal(peeked.data?.views_left, 2);

const revealed = await recipient.POST("/v1/secrets/{id}/reveal", {
  params: { ...link, header: { ...link.header, Accept: "application/json" } },
  body: {},
});
assert(typeof revealed.data === "object", JSON.stringify(revealed.error));
assert(revealed.data.kind === "text");
assert.equal(revealed.data.secret, "hunter2");
assert.equal(revealed.data.views_left, 1);

const shown = await sender.GET("/v1/receipts/{id}", { params: receipt });
assert(typeof shown.data === "object", JSON.stringify(shown.error));
assert.deepEqual([shown.data.state, shown.data.views.length], ["sealed", 1]);

const listed = await sender.GET("/v1/receipts", { params: { query: { label: "round trip/", limit: 1 } } });
assert.deepEqual(listed.data?.receipts, []);

const revoked = await sender.DELETE("/v1/secrets/{id}", { params: receipt });
assert.equal(revoked.response.status, 204);

const gone = await recipient.GET("/v1/secrets/{id}", { params: link });
const problem: components["schemas"]["Problem"] | undefined = gone.error;
assert.equal(problem?.type, "urn:burnbag:problem:gone");
assert.equal(problem.request_id, gone.response.headers.get("X-Request-Id"));

// @ts-expect-error: what the description doesn't allow does not compile, and is refused.
const wrong = await sender.POST("/v1/secrets", { body: { secret: 7 } });
assert.equal(wrong.response.status, 400);
console.log(`${id} round trip`);
