# SPDX-License-Identifier: Apache-2.0
"""A long way to the database: each byte comes late, and some as late as after a lost packet."""

import asyncio
import contextlib
import threading
import urllib.parse


class SlowLink:
    """A socket before that of a cluster; a context manager.

    What is sent on it arrives after `delay` seconds, in order; one read in `1 / loss` waits for
    `again` seconds more, as a packet does that TCP sends a second time.
    """

    def __init__(self, cluster, folder, luck, delay=0.05, loss=0.05, again=0.25):
        self.target = cluster.socket / ".s.PGSQL.5432"
        self.folder, self.luck = folder, luck
        self.delay, self.loss, self.again = delay, loss, again
        self.loop = asyncio.new_event_loop()
        self.late = 0
        self.tasks = set()

    def url(self, database):
        host = urllib.parse.quote(str(self.folder), safe="")
        return f"postgresql://postgres@{host}/{database}"

    def __enter__(self):
        self.folder.mkdir(exist_ok=True)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self.loop).result(5)
        return self

    def __exit__(self, *_):
        asyncio.run_coroutine_threadsafe(self._end(), self.loop).result(5)
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join(5)
        self.loop.close()

    def _run(self):
        asyncio.set_event_loop(self.loop)
        self.loop.run_forever()

    async def _listen(self):
        path = self.folder / ".s.PGSQL.5432"
        self.server = await asyncio.start_unix_server(self._accepted, path)

    async def _end(self):
        self.server.close()
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)

    async def _accepted(self, reader, writer):
        self.tasks.add(asyncio.current_task())
        try:
            further, back = await asyncio.open_unix_connection(self.target)
            await asyncio.gather(self._carry(reader, back), self._carry(further, writer))
        except (OSError, asyncio.CancelledError):
            writer.close()
        finally:
            self.tasks.discard(asyncio.current_task())

    async def _carry(self, source, sink):
        """One direction, until its end, which arrives late too."""
        under_way = asyncio.Queue()

        async def deliver():
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(max(0.0, due - self.loop.time()))
                if not data:
                    return
                with contextlib.suppress(OSError):
                    sink.write(data)
                    await sink.drain()

        delivery = asyncio.create_task(deliver())
        try:
            data = b"-"
            while data:
                with contextlib.suppress(ConnectionError):
                    data = await source.read(65536)
                due = self.loop.time() + self.delay
                if self.luck.random() < self.loss:
                    self.late += 1
                    due += self.again
                under_way.put_nowait((due, data))
            await delivery
        finally:
            delivery.cancel()
            sink.close()
