// Wrong: takes any close code and any reason.
import { Echo, serveIfMain } from './echo.mjs';

export class AnyClose extends Echo {
    closeFault() {
        return 0;
    }
}

await serveIfMain(import.meta.url, AnyClose);
