-- The OSC and JSON codecs: golden bytes, round trips, and what must be refused.

local test, equal, match = T.test, T.equal, T.match
local osc, json, ask = require("osc"), require("json"), require("ask")

local function hex(bytes) return (bytes:gsub(".", function(c) return ("%02x"):format(c:byte()) end)) end

test("a message has the bytes of the OSC 1.0 specification", function()
  equal(osc.encode("/foo", "iisff", 1000, -1, "hello", 1.234, 5.678), "/foo\0\0\0\0,iisff\0\0\0\0\3\xe8\xff\xff\xff\xffhello\0\0\0"
    .. "\x3f\x9d\xf3\xb6\x40\xb5\xb2\x2d")
  equal(osc.encode("/oscillator/4/frequency", "f", 440.0), "/oscillator/4/frequency\0,f\0\0\x43\xdc\0\0")
end)

test("messages survive the round trip, umlauts and empty strings too", function()
  for _, text in ipairs({ "", "abc", "abcd", "Schöne Küche/ÄÖ 100% \"x\".wav", ("x"):rep(4000) }) do
    local message = osc.decode(osc.encode("/a/b", "isf", -7, text, 0.5))[1]
    equal(message.address, "/a/b")
    equal(message[1], -7)
    equal(message[2], text)
    equal(message[3], 0.5)
  end
end)

test("types that only others send are read in their places", function()
  local packet = "/x\0\0,bTFNIhdtSi\0" .. string.pack(">i4", 5) .. "abcde\0\0\0" .. string.pack(">i8>d>I8", -5, 0.25, 1) .. "sym\0"
    .. string.pack(">i4", 7)
  local message = assert(osc.decode(packet))[1]
  equal(message.types, "bTFNIhdtSi")
  equal(message[1], "abcde")
  equal(message[2], true)
  equal(message[3], false)
  equal(message[4], nil)
  equal(message[5], true)
  equal(message[6], -5)
  equal(message[7], 0.25)
  equal(message[8], 1)
  equal(message[9], "sym")
  equal(message[10], 7)
  equal(message.n, 10)
  local whole = "/x\0\0,b\0\0" .. string.pack(">i4", 4) .. "abcd"
  equal(osc.decode(whole)[1][1], "abcd")
  for stop = 9, #whole - 1 do equal(osc.decode(whole:sub(1, stop)), nil, "cut at " .. stop) end
  equal(osc.decode("/x\0\0,b\0\0" .. string.pack(">i4", 8) .. "abcd"), nil)
  equal(osc.decode("/x\0\0,b\0\0" .. string.pack(">i4", 0))[1][1], "")
end)

test("bundles are flattened in order", function()
  local inner = "#bundle\0\0\0\0\0\0\0\0\1" .. string.pack(">s4", osc.encode("/b", ""))
  local bundle = "#bundle\0\0\0\0\0\0\0\0\1" .. string.pack(">s4", osc.encode("/a", "i", 1)) .. string.pack(">s4", inner)
  local messages = osc.decode(bundle)
  equal(#messages, 2)
  equal(messages[1].address .. messages[2].address, "/a/b")
end)

test("hostile packets are refused without an error and without an endless loop", function()
  local bad = { "", "abc", "/a", "/a\0\0\0", "/a\0\0,i\0\0", "/a\0\0,s\0\0abcd", "/a\0\0,b\0\0\xff\xff\xff\xfc", "/a\0\0,x\0\0",
    "#bundle\0\0\0\0\0\0\0\0\1\xff\xff\xff\xfc", "#bundle\0\0\0\0\0\0\0\0\1\0\0\0\0", "#bundle\0\0\0\0\0\0\0\0\1\0\0\xff\xfc/a\0\0", "\xff\xff\xff\xff",
    "/a\0\0ix\0\0" }
  for n, packet in ipairs(bad) do
    local found, reason = osc.decode(packet)
    equal(found, nil, "packet " .. n)
    match(reason, "%a")
  end
  local nested = ""
  for _ = 1, 400 do nested = "#bundle\0\0\0\0\0\0\0\0\1" .. (nested ~= "" and string.pack(">s4", nested) or "") end
  equal(osc.decode(nested), nil)
end)

test("a cut or flipped packet never raises", function()
  local packet = osc.encode("/soundkin/result", "iiiffs", 1, 2, 3, 0.5, 0.25, "/a/b.wav")
  for stop = 0, #packet - 1 do osc.decode(packet:sub(1, stop)) end
  for at = 1, #packet do
    for _, byte in ipairs({ 0, 0x23, 0x2f, 0x7f, 0xff }) do
      osc.decode(packet:sub(1, at - 1) .. string.char(byte) .. packet:sub(at + 1))
    end
  end
end)

test("a string with a NUL cannot be encoded", function()
  equal((pcall(osc.encode, "/a", "s", "a\0b")), false)
end)

test("frames come apart again, and a cut end is told", function()
  local packets = { osc.encode("/a", ""), osc.encode("/b", "s", "x") }
  local bytes = osc.frame(packets)
  local found, whole = osc.unframe(bytes)
  equal(#found, 2)
  equal(found[2], packets[2])
  equal(whole, true)
  found, whole = osc.unframe(bytes:sub(1, -2))
  equal(#found, 1)
  equal(whole, false)
  equal(select(2, osc.unframe("")), true)
end)

test("JSON is written in ASCII with sorted keys", function()
  equal(json.encode({ b = 1, a = { 1.5, true, "ü\n\"" } }), '{"a":[1.5,true,"\\u00fc\\n\\""],"b":1}')
  equal(json.encode("𝄞"), '"\\ud834\\udd1e"')
  equal(json.encode("it's `x`"), '"it\\u0027s \\u0060x\\u0060"')
  equal(json.encode(2147483647), "2147483647")
  equal(json.encode(-9007199254740991), "-9007199254740991")
  equal(json.encode(0.1), "0.1")
  equal(json.encode({}), "[]")
  equal((pcall(json.encode, 0 / 0)), false)
end)

test("names that are not UTF-8 travel as Python's surrogates and come back", function()
  local name = "a\xffb\xe4.wav"
  equal(json.encode(name), '"a\\udcffb\\udce4.wav"')
  equal(json.decode(json.encode(name)), name)
end)

test("JSON is read as other programs write it", function()
  local value = json.decode(' { "a" : [ 1 , -2.5e1, null, "\\u00e9\\ud834\\udd1e\\/" ] , "b" : { } , "c":false } ')
  equal(value.a[2], -25.0)
  equal(value.a[3], "é𝄞/")
  equal(value.c, false)
  for _, bad in ipairs({ "", "{", "[1,]", '{"a"}', '"\\x"', "tru", "1 2", '"abc', "{1:2}" }) do
    local found, reason = json.decode(bad)
    equal(found, nil, bad)
    match(reason, "%a")
  end
end)

test("a plain question uses the plain addresses with their whole tail", function()
  local function asked(question)
    local packets = ask.packets(9, question)
    equal(osc.decode(packets[1])[1].address, "/soundkin/config/detail")
    return osc.decode(packets[2])[1]
  end
  local message = asked({ like = { { path = "/a b.wav" } } })
  equal(message.address .. message.types, "/soundkin/find/pathisiis")
  message = asked({ like = { { path = "/a.wav", start_s = 0.25, end_s = 0.5 } }, count = 900, offset = 3, filter = "dur<1" })
  equal(message.address .. message.types, "/soundkin/find/regionisffiis")
  equal(message[5], 64)
  equal(message[6], 3)
  equal(message[7], "dur<1")
  message = asked({ like = { { id = 7 } }, weights = { timbre = 1 } })
  equal(message.address .. message.types, "/soundkin/find/idiiiis")
end)

test("weights, several examples, exclusions and odd names go by JSON", function()
  local function asked(question)
    local message = osc.decode(ask.packets(9, question)[2])[1]
    equal(message.address, "/soundkin/find/query")
    local parts = {}
    for n = 2, message.n do parts[#parts + 1] = message[n] end
    return json.decode(table.concat(parts)), #parts
  end
  equal(asked({ like = { { id = 1 } }, weights = { timbre = 2, pitch = 1 } }).weights.timbre, 2)
  equal(asked({ like = { { id = 1 } }, weights = { timbre = 2, pitch = 1 } }).weights.pitch, nil)
  equal(#asked({ like = { { id = 1 }, { id = 2 } } }).like, 2)
  equal(asked({ like = { { id = 1 } }, exclude = { 5 } }).exclude[1], 5)
  equal(asked({ like = { { path = "/\xff.wav" } } }).like[1].path, "/\xff.wav")
  local _, parts = asked({ like = { { path = "/" .. ("é"):rep(1500) .. "\xff" } } })
  equal(parts > 1, true)
end)

test("a hit takes its facts from /detail and from /neighbour, and its state and category from /field", function()
  local reply = ask.reply()
  for _, packet in ipairs({
    osc.encode("/soundkin/result", "iiiffs", 1, 0, 42, 0.75, 0.5, "/a.wav"),
    osc.encode("/soundkin/detail", "iifffss", 1, 42, -18.5, 0.0, 110.0, "Am", "loop"),
    osc.encode("/soundkin/field", "iiss", 1, 42, "state", "missing"),
    osc.encode("/soundkin/field", "iiss", 1, 42, "category", "kick"),
    osc.encode("/soundkin/field", "iiss", 1, 42, "category_source", "name"),
    osc.encode("/soundkin/result", "iiiffs", 1, 1, 43, 0.5, 0.5, "/b.wav"),
    osc.encode("/soundkin/neighbour", "iis", 1, 1,
      '{"sample":{"facts":{"tempo_bpm":120.5,"key":"C","loudness_db":-9},"labels":{"category":"clap"}}}'),
    osc.encode("/soundkin/result", "iiiffs", 1, 2, 44, 0.5, 0.5, "/c.wav"),
    osc.encode("/soundkin/neighbour", "iis", 1, 2, '{"sample":{"facts":{"tempo_bpm":90}}}'), -- an older daemon
  }) do
    local message = osc.decode(packet)[1]
    equal(ask.answers(message), 1)
    ask.take(reply, message)
  end
  equal(reply.hits[0].loudness_db, -18.5)
  equal(reply.hits[0].bpm, nil)
  equal(reply.hits[0].kind, "loop")
  equal(reply.hits[0].state, "missing")
  equal(reply.hits[0].category, "kick")
  equal(reply.hits[1].category, "clap")
  equal(reply.hits[2].category, nil)
  equal(reply.hits[1].state, nil)
  equal(reply.hits[1].bpm, 120.5)
  equal(reply.received, 3)
end)

test("messages of another shape answer nothing", function()
  equal(ask.answers({ address = "/soundkin/result", types = "iii", 1, 2, 3 }), nil)
  equal(ask.answers({ address = "/elsewhere", types = "i", 1 }), nil)
  equal(ask.answers({ address = "/soundkin/pong", types = "s", "x" }), nil)
  equal(ask.answers({ address = "/soundkin/pong", types = "i", 5 }), 5)
end)

test("bytes that the Python codec wrote are read the same", function()
  local golden = os.getenv("SOUNDKIN_GOLDEN")
  if not golden then return end
  for line in io.lines(golden) do
    local bytes, address, types, first = line:match("^(%x+) (%S+) (%S*) ?(.*)$")
    local packet = bytes:gsub("%x%x", function(two) return string.char(tonumber(two, 16)) end)
    local message = osc.decode(packet)[1]
    equal(message.address, address)
    equal(message.types, types)
    if first ~= "" then equal(tostring(message[1]), first) end
    equal(hex(osc.encode(address, types, table.unpack(message, 1, message.n))), bytes)
  end
end)

test("a path that is no text comes as a file URI and is opened by its bytes", function()
  equal(ask.path("/samples/caf%E9.wav"), "/samples/caf%E9.wav")
  equal(ask.path("file:///samples/caf%E9%20100%25.wav"), "/samples/caf\xe9 100%.wav")
  equal(ask.path("file:///C:/a%FF.wav"), "C:/a\xff.wav")
end)
