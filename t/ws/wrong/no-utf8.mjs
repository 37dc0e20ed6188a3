// Wrong: echoes text that is no UTF-8.
import { Echo, serveIfMain } from './echo.mjs';

export class NoUtf8 extends Echo {
    textFault() {
        return 0;
    }
}

await serveIfMain(import.meta.url, NoUtf8);
