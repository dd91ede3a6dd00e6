// Finds similar samples from ChucK.
//
//   chuck --silent find_similar.ck:27400:42:27402      (port, id of a sample, port to listen on)
//
// ChucK cannot receive where it sends from, so it asks for its answers on a port of its own (/soundkin/reply_to).
27400 => int port;
1 => int id;
27402 => int replyPort;
if (me.args() > 0) Std.atoi(me.arg(0)) => port;
if (me.args() > 1) Std.atoi(me.arg(1)) => id;
if (me.args() > 2) Std.atoi(me.arg(2)) => replyPort;

OscOut out;
out.dest("127.0.0.1", port);
OscIn in;
OscMsg msg;
replyPort => in.port;
in.listenAll();

0 => int done;
0 => int total;
0 => int place;
0 => int hits;
1 => int listening;

fun void receive()
{
    while (listening)
    {
        while (in.recv(msg)) // polled, because waiting for the event misses some messages
        {
            if (msg.address == "/soundkin/welcome")
                <<< "welcome", msg.getInt(0), msg.getInt(1), msg.getString(2), msg.getInt(4) >>>;
            else if (msg.address == "/soundkin/result")
            {
                1 +=> hits;
                <<< "similar", msg.getInt(1), msg.getInt(2), msg.getFloat(3), msg.getFloat(4), msg.getString(5) >>>;
            }
            else if (msg.address == "/soundkin/done") msg.getInt(0) => done;
            else if (msg.address == "/soundkin/error") <<< "error", msg.getInt(1), msg.getString(3) >>>;
            else if (msg.address == "/soundkin/cursor/total") msg.getInt(0) => total;
            else if (msg.address == "/soundkin/cursor/index") msg.getInt(0) => place;
        }
        1::ms => now;
    }
}
spork ~ receive();
me.yield();

out.start("/soundkin/reply_to").add(replyPort).send();
out.start("/soundkin/hello").add("find_similar.ck").add(1).send();
out.start("/soundkin/find/id").add(1).add(id).add(4).send();
while (done != 1) 1::ms => now;
out.start("/soundkin/find/id").add(2).add(id).add(4).add(4).send(); // the next page
while (done != 2) 1::ms => now;
if (hits == 8) <<< "eight hits", "" >>>;

out.start("/soundkin/session").add("ChucK " + Math.random2(1, 1000000)).send(); // a cursor of its own
out.start("/soundkin/subscribe").add("cursor").add(10).send();
out.start("/soundkin/sel/id").add(id).send();
out.start("/soundkin/go").send();
while (total == 0) 1::ms => now;
out.start("/soundkin/nav/fader").add(1.0).send();
while (place != total) 1::ms => now;
<<< "cursor at", place, "of", total >>>;
<<< "ok", "" >>>;
-1 => done;
out.start("/soundkin/unsubscribe").send();
while (done == -1) 1::ms => now;
0 => listening;
10::ms => now;
