// The shell around a page that another site shows (frame.js); nothing for a page by itself, and where a stranger is the parent. Its `headers` go with each
// request where no cookie does, and its show() fetches a picture there.
export const shell = (() => { try { return parent.sangdamShell; } catch { return undefined; } })();

/** The page's own path; what a token shows has none of its own. */
export const pagePath = () => (shell?.headers ? shell.path : location.pathname);

/** "/frame/KEY.LANG" before a path, in whatever frame; else "". */
export const prefixOf = (path) => /^\/frame\/[^/]+/.exec(path)?.[0] ?? '';
