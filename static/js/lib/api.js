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
  /** headers: of every call, where no cookie signs in. */
  constructor(csrf, { fetch = globalThis.fetch.bind(globalThis), timeoutMs = 15000, headers } = {}) {
    Object.assign(this, { csrf, fetch, timeoutMs, headers });
  }

  get(path) { return this.#call(path, { method: 'GET' }); }

  /** get() of what may be unchanged since an answer with this tag: null then. Else the answer has its own tag. */
  getNewer(path, tag) { return this.#call(path, { method: 'GET', headers: tag ? { 'If-None-Match': tag } : {} }); }

  post(path, body, method = 'POST') {
    return this.#call(path, { method, body: JSON.stringify(body ?? {}), headers: { 'Content-Type': 'application/json' } });
  }

  async #call(path, init) {
    let answer;
    try {
      answer = await this.fetch(path, {
        ...init,
        credentials: 'same-origin',
        headers: { Accept: 'application/json', 'X-CSRF-Token': this.csrf, ...this.headers, ...init.headers },
        signal: AbortSignal.timeout(this.timeoutMs),
      });
    } catch (e) {
      throw new ApiError(0, '99', String(e));
    }
    if (answer.status === 304) return null;
    const body = await answer.json().catch(() => null);
    if (answer.ok && body) return Object.assign(body, { tag: answer.headers.get('ETag') });
    const wait = Number(answer.headers.get('Retry-After')) * 1000;
    throw new ApiError(answer.ok ? 0 : answer.status, body?.code ?? '99', body?.message ?? body?.title ?? '', wait || undefined, body);
  }
}
