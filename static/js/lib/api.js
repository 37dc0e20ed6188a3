// REST calls of the page's own origin. Every failure is an ApiError; status 0 means that nobody knows what happened.
export class ApiError extends Error {
  constructor(status, code, message, retryAfterMs, body) {
    super(message);
    Object.assign(this, { status, code, retryAfterMs, body });
  }
  /** The server may or may not have done it: ask again with the same id. */
  get isUnknown() { return this.status === 0 || this.status >= 500; }
}

export class Api {
  constructor(csrf, { fetch = globalThis.fetch.bind(globalThis), timeoutMs = 15000 } = {}) {
    Object.assign(this, { csrf, fetch, timeoutMs });
  }

  get(path) { return this.#call(path, { method: 'GET' }); }

  post(path, body, method = 'POST') {
    return this.#call(path, { method, body: JSON.stringify(body ?? {}), headers: { 'Content-Type': 'application/json' } });
  }

  async #call(path, init) {
    let answer;
    try {
      answer = await this.fetch(path, {
        ...init,
        credentials: 'same-origin',
        headers: { Accept: 'application/json', 'X-CSRF-Token': this.csrf, ...init.headers },
        signal: AbortSignal.timeout(this.timeoutMs),
      });
    } catch (e) {
      throw new ApiError(0, '99', String(e));
    }
    const body = await answer.json().catch(() => null);
    if (answer.ok && body) return body;
    const wait = Number(answer.headers.get('Retry-After')) * 1000;
    throw new ApiError(answer.ok ? 0 : answer.status, body?.code ?? '99', body?.message ?? body?.title ?? '', wait || undefined, body);
  }
}
