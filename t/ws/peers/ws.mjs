// An echo server by npm's ws, as its README shows it, to see where it differs. Prints its URL and serves until it is ended.
import { WebSocketServer } from 'ws';

const server = new WebSocketServer({ host: '127.0.0.1', port: 0, maxPayload: 16 * 1024 * 1024 });
server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('error', () => {}); // it has closed the connection already
});
server.on('listening', () => process.stdout.write(`ws://127.0.0.1:${server.address().port}/\n`));
