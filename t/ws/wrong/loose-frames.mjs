// Wrong: takes unmasked frames, reserved bits, unknown opcodes, long or fragmented control frames and lengths in too many bytes.
import { Echo, serveIfMain } from './echo.mjs';

export class LooseFrames extends Echo {
    headFault(first) {
        return (first & 15) < 8 && ((first & 15) === 0) !== (this.open !== null) ? 1002 : 0;
    }

    lengthFault(length) {
        return length > 2n ** 24n ? 1009 : 0;
    }
}

await serveIfMain(import.meta.url, LooseFrames);
