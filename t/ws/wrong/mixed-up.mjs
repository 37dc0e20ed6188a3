// Wrong: answers a ping with an empty pong, and a control frame between two fragments loses the first.
import { Echo, serveIfMain } from './echo.mjs';

export class MixedUp extends Echo {
    pongOf() {
        return Buffer.alloc(0);
    }

    onInterruption() {
        this.open.parts = [];
    }
}

await serveIfMain(import.meta.url, MixedUp);
