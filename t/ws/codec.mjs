// All cases against the codec of pushd/ws_frame.h alone (echo_codec), by large and by very small reads.
import { playAll, targetOf } from './run.mjs';
import { startServer } from './server.mjs';
import { done, ok, showFailed } from './tap.mjs';

const seed = Date.now() % 1000000;
for (const size of [16384, 7, 1]) {
    const server = await startServer(process.argv[2], [String(size)]);
    const options = size < 100 ? { sections: ['2', '3', '4', '5', '6', '7', 'x'], modes: ['whole'] } : { modes: ['whole', 'bytes', 'cuts', 'early'] };
    const results = await playAll({ target: targetOf(server.url), seed, ...options });
    ok(results.every((result) => result.ok), `${results.length} cases, reads of at most ${size} bytes`, [`seed ${seed}`, ...showFailed(results)]);
    await server.stop();
}
done();
