// AWS Signature Version 4 for the calls of a client, with nothing but what Node has.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html

import { createHash, createHmac } from "node:crypto";
import type { Middleware } from "openapi-fetch";

export interface Credentials {
  keyId: string;
  secret: string;
  sessionToken: string;
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex");
const mac = (key: string | Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();

export function signer({ keyId, secret, sessionToken }: Credentials, region: string): Middleware {
  return {
    async onRequest({ request }) {
      const { host, pathname, searchParams } = new URL(request.url);
      const time = new Date().toISOString().replace(/[-:]|\.\d{3}/g, "");
      const scope = `${time.slice(0, 8)}/${region}/execute-api/aws4_request`;
      const signed: Record<string, string> = { host, "x-amz-date": time };
      if (sessionToken) signed["x-amz-security-token"] = sessionToken;
      const names = Object.keys(signed).sort();
      searchParams.sort();
      const canonical = [
        request.method,
        pathname,
        searchParams.toString().replaceAll("+", "%20"),
        ...names.map((name) => `${name}:${signed[name]}`),
        "",
        names.join(";"),
        hash(await request.clone().text()),
      ].join("\n");
      const key = scope.split("/").reduce<string | Buffer>(mac, `AWS4${secret}`);
      const signature = mac(key, ["AWS4-HMAC-SHA256", time, scope, hash(canonical)].join("\n")).toString("hex");
      for (const name of names) request.headers.set(name, signed[name] ?? "");
      request.headers.set(
        "Authorization",
        `AWS4-HMAC-SHA256 Credential=${keyId}/${scope}, SignedHeaders=${names.join(";")}, Signature=${signature}`,
      );
      return request;
    },
  };
}
