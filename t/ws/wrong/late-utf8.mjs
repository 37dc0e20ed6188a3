// Wrong: looks for UTF-8 only when a text is whole, so it does not fail fast.
import { Echo, serveIfMain, Utf8 } from './echo.mjs';

export class LateUtf8 extends Echo {
    textFault(bytes, isLast) {
        this.kept = Buffer.concat([this.kept ?? Buffer.alloc(0), bytes]);
        if (!isLast)
            return 0;
        const utf8 = new Utf8(), isGood = utf8.feed(this.kept) && utf8.isWhole;
        this.kept = undefined;
        return isGood ? 0 : 1007;
    }
}

await serveIfMain(import.meta.url, LateUtf8);
