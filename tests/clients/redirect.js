// The library's host is fixed, so the test wraps fetch: what goes to the vendor's test host goes to Kvitt instead,
// with method, headers and body as they are. Any other host is a fault of the test.

const upstream = "https://apitest.vipps.no";
const real = globalThis.fetch;

export const calls = [];

export function redirectTo(baseUrl) {
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    if (!request.url.startsWith(`${upstream}/`)) {
      throw new Error(`a call to a foreign host: ${request.url}`);
    }
    const body = request.method === "GET" ? undefined : await request.arrayBuffer();
    const url = baseUrl + request.url.slice(upstream.length);
    const response = await real(url, { method: request.method, headers: request.headers, body });
    calls.push({ method: request.method, path: new URL(url).pathname, status: response.status });
    return response;
  };
}
