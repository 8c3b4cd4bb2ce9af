import { get } from "node:http";

const answerTimeoutMs = 3000;
const bodyLimit = 65_536;

/** One GET over a connection of its own: a shared one would lead every request to the same backend. Says why there is no answer. */
export function httpGet(
  url: string,
): Promise<{ readonly status: number; readonly body: string } | { readonly refused: string }> {
  return new Promise((resolve) => {
    const request = get(url, { agent: false, timeout: answerTimeoutMs }, (response) => {
      let body = "";
      response.setEncoding("utf8");
      response.on("data", (text: string) => {
        if (body.length < bodyLimit) body += text;
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, body }));
      response.once("error", (error) => resolve({ refused: error.message }));
    });
    request.once("timeout", () => request.destroy(new Error("no answer within 3 s")));
    request.once("error", (error) => resolve({ refused: error.message }));
  });
}
