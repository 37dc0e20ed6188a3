"""An echo server by Debian's python3-autobahn, to see where it differs. Prints its URL and serves until it is ended."""
import asyncio

from autobahn.asyncio.websocket import WebSocketServerFactory, WebSocketServerProtocol


class Echo(WebSocketServerProtocol):
    def onMessage(self, payload, isBinary):
        self.sendMessage(payload, isBinary)


async def main():
    factory = WebSocketServerFactory("ws://127.0.0.1")
    factory.protocol = Echo
    factory.setProtocolOptions(failByDrop=False, echoCloseCodeReason=True, tcpNoDelay=True)
    server = await asyncio.get_running_loop().create_server(factory, "127.0.0.1", 0)
    print("ws://127.0.0.1:%d/" % server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
