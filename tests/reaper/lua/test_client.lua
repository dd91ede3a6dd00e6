-- The client against transports that lose, double, delay and refuse; time is a number.

local test, equal, match = T.test, T.equal, T.match
local client_ = require("client")
local osc = require("osc")
local stand_in = require("stand_in")

local SOUNDS = {}
for n = 1, 40 do SOUNDS[n] = { path = "/lib/" .. n .. ".wav" } end

-- A wire with the stand-in at its end. `lose(n)` says whether the n-th packet back is lost.
local function wire(options)
  options = options or {}
  local self = { name = "udp", label = "wire", resends = true, back = {}, sent = 0, n = 0, asked = {}, closed = false, finished = 0 }
  function self:send(packets)
    self.sent = self.sent + 1
    if options.refuse then return nil, "connection refused" end
    if options.deaf and self.sent <= options.deaf then return true end
    for _, packet in ipairs(packets) do
      local message = osc.decode(packet)[1]
      if message.address == "/soundkin/ping" then
        if options.pong then self.back[#self.back + 1] = osc.encode("/soundkin/pong", "i", message[1]) end
      elseif not options.mute then
        local frames = osc.unframe(stand_in.answer(osc.frame({ packet }), { sounds = SOUNDS, foreign = options.foreign, twice = options.twice }, self.asked))
        for _, reply in ipairs(frames) do
          self.n = self.n + 1
          if not (options.lose and options.lose(self.n)) then self.back[#self.back + 1] = reply end
        end
      end
    end
    return true
  end
  function self:poll()
    if options.gone then return nil, "connection refused" end
    local packets = self.back
    self.back = {}
    if options.backwards then
      local reversed = {}
      for n = #packets - 1, 1, -1 do reversed[#reversed + 1] = packets[n] end
      reversed[#reversed + 1] = packets[#packets]
      return reversed
    end
    return packets
  end
  function self:taken() return options.taken or false end
  function self:finish() self.finished = self.finished + 1 end
  function self:close() self.closed = true end
  return self
end

local function ask(transport, question, limit)
  local now, reply, count = 0.0, nil, 0
  local client = client_.new(function()
    if transport then return transport end
    return nil, "nothing there"
  end, function() return now end)
  client:ask(question or { like = { { id = 1 } }, count = 16 }, function(found)
    reply, count = found, count + 1
  end)
  while not reply and now < (limit or 60) do
    now = now + 0.033
    client:tick()
  end
  for _ = 1, 20 do client:tick() end
  equal(count <= 1, true, "the callback runs once")
  return reply, now, client
end

local function ranks(reply)
  local out = {}
  for n, hit in ipairs(reply.hits) do out[n] = hit.rank end
  return table.concat(out, " ")
end
local ALL = "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15"

test("an answer is whole, in order and with its total", function()
  local reply, took = ask(wire())
  equal(ranks(reply), ALL)
  equal(reply.total, 40)
  equal(took < 0.1, true)
end)

test("packets in any order make the same answer", function()
  equal(ranks(ask(wire({ backwards = true }))), ALL)
end)

test("doubled and foreign packets change nothing", function()
  equal(ranks(ask(wire({ twice = true, foreign = true }))), ALL)
end)

test("lost hits are asked for again, and only from the first that is missing", function()
  local transport = wire({ lose = function(n) return n == 11 or n == 12 end })
  local reply = ask(transport)
  equal(ranks(reply), ALL)
  equal(#transport.asked, 2)
  equal(transport.asked[2].offset, 10)
  equal(transport.asked[2].count, 6)
end)

test("a single lost hit is found wherever it is", function()
  for rank = 0, 15 do
    local transport = wire({ lose = function(n) return n == rank + 1 end })
    equal(ranks(ask(transport)), ALL)
    equal(transport.asked[2].offset, rank)
  end
end)

test("a lost end is asked for again after a second", function()
  local lost = false
  local transport = wire({ pong = true, lose = function(n)
    if n == 17 and not lost then
      lost = true
      return true
    end
  end })
  local reply, took = ask(transport)
  equal(ranks(reply), ALL)
  equal(took > 1 and took < 1.5, true)
end)

test("half of everything lost still ends in a whole answer or an honest one", function()
  math.randomseed(7)
  for _ = 1, 30 do
    local reply, took = ask(wire({ pong = true, lose = function() return math.random() < 0.5 end }))
    equal(reply ~= nil, true)
    equal(reply.ok and #reply.hits > 0 or reply.text ~= nil, true)
    equal(took < 45, true)
    for n = 2, #(reply.hits or {}) do equal(reply.hits[n - 1].rank < reply.hits[n].rank, true) end
  end
end)

test("a question that got lost is sent again after a quarter of a second", function()
  local transport = wire({ deaf = 2 })
  local reply, took = ask(transport)
  equal(ranks(reply), ALL)
  equal(transport.sent, 3)
  equal(took > 0.5 and took < 0.7, true)
end)

test("silence ends in offline after 1.5 seconds", function()
  local reply, took, client = ask(wire({ mute = true }))
  equal(reply.ok, false)
  equal(reply.offline, true)
  match(reply.text, "does not answer")
  equal(took > 1.5 and took < 1.6, true)
  equal(client.transport, nil)
end)

test("a daemon that answers the ping is waited for, and in the end given up", function()
  local reply, took = ask(wire({ mute = true, pong = true }), nil, 100)
  equal(reply.ok, false)
  equal(reply.offline, nil)
  equal(took > 19, true)
end)

test("a refused packet is noticed at once", function()
  for _, options in ipairs({ { refuse = true }, { gone = true } }) do
    local transport = wire(options)
    local reply, took = ask(transport)
    equal(reply.offline, true)
    match(reply.text, "refused")
    equal(took < 0.1, true)
    equal(transport.closed, true)
  end
end)

test("no transport at all is told at once", function()
  local reply, took = ask(nil)
  equal(reply.offline, true)
  equal(reply.text, "nothing there")
  equal(took, 0.0)
end)

test("after a loss the next question connects afresh", function()
  local made, now = 0, 0.0
  local client = client_.new(function()
    made = made + 1
    return wire({ gone = made == 1 })
  end, function() return now end)
  local first, second
  client:ask({ like = { { id = 1 } } }, function(reply) first = reply end)
  client:tick()
  equal(first.offline, true)
  client:ask({ like = { { id = 1 } } }, function(reply) second = reply end)
  client:tick()
  equal(second.ok, true)
  equal(made, 2)
end)

test("a cancelled question never calls back, and the transport forgets it", function()
  local called, now = false, 0.0
  local transport = wire()
  local client = client_.new(function() return transport end, function() return now end)
  local request = client:ask({ like = { { id = 1 } } }, function() called = true end)
  client:cancel(request)
  client:cancel(request)
  client:tick()
  equal(called, false)
  equal(transport.finished, 1)
  equal(client:busy(), false)
end)

test("several questions are open at once and do not mix", function()
  local now, replies = 0.0, {}
  local transport = wire()
  local client = client_.new(function() return transport end, function() return now end)
  for n = 1, 5 do
    client:ask({ like = { { id = n } }, count = n, offset = n }, function(reply) replies[n] = reply end)
  end
  client:tick()
  for n = 1, 5 do
    equal(#replies[n].hits, n)
    equal(replies[n].hits[1].rank, n)
  end
end)

test("an error of the daemon is passed on with its code", function()
  local transport = wire({ mute = true })
  function transport:poll()
    if self.done then return {} end
    self.done = true
    return { osc.encode("/soundkin/error", "iiss", self.rid, 6, "/soundkin/find/id", "index not ready") }
  end
  local send = transport.send
  function transport:send(packets, rid)
    self.rid = rid
    return send(self, packets)
  end
  local reply = ask(transport)
  equal(reply.ok, false)
  equal(reply.code, 6)
  equal(reply.text, "index not ready")
end)

test("garbage from the wire changes nothing", function()
  local transport = wire()
  local poll = transport.poll
  function transport:poll()
    local packets = poll(self)
    table.insert(packets, 1, "\xff\xff\xff\xff")
    table.insert(packets, 1, osc.encode("/soundkin/result", "i", 1))
    table.insert(packets, 1, "")
    return packets
  end
  equal(ranks(ask(transport)), ALL)
end)

local KIT = { like = { { path = "/a" }, { path = "/b" } }, each = 5, filter = "" }

test("lost hits of a kit are asked for again", function()
  local transport = wire({ lose = function(n) return n == 3 or n == 9 end })
  equal(ranks(ask(transport, KIT)), "0 1 2 3 4 5 6 7 8 9")
  equal(#transport.asked, 2)
end)

test("a kit with fewer alternates than asked for is whole", function()
  local transport = wire()
  local reply = ask(transport, { like = KIT.like, each = 30, filter = "" })
  equal(#reply.hits, 40)
  equal(#transport.asked, 1)
end)

test("an error that answers a kit is not mistaken for lost hits", function()
  local transport = wire({ mute = true })
  function transport:poll() return { osc.encode("/soundkin/error", "iiss", self.rid, 2, "/soundkin/find/kit", "unknown") } end
  local send = transport.send
  function transport:send(packets, rid)
    self.rid = rid
    return send(self, packets)
  end
  equal(ask(transport, KIT).code, 2)
  equal(transport.sent, 1)
end)

test("a question that the transport cannot carry is answered at once and never sent", function()
  local transport = wire()
  transport.most = 400
  local long = { { path = "/" .. ("x"):rep(300) }, { path = "/b" } }
  for _, question in ipairs({ { like = long, each = 5, filter = "" }, { like = long, count = 3 } }) do
    equal(ask(transport, question).ok, true)
    question.like[2] = { path = "/" .. ("y"):rep(200) }
    local reply, took, client = ask(transport, question)
    equal(reply.ok, false)
    equal(reply.code, 7)
    match(reply.text, "too long")
    equal(took, 0.0)
    equal(client:busy(), false)
    question.like[2] = { path = "/b" }
  end
  equal(transport.sent, 2)
  transport.most = nil
  long[2] = { path = "/" .. ("z"):rep(24000) }
  equal(ask(transport, { like = long, each = 5, filter = "" }).code, 7)
  long[2] = { path = "/" .. ("z"):rep(32000) }
  equal(ask(transport, { like = long, count = 3 }).code, 7)
end)

local has_socket, socket = pcall(require, "socket")
if has_socket then
  local udp = require("transport_udp")

  test("the UDP transport talks to a real socket and reads datagrams beyond 8 KiB whole", function()
    local peer = socket.udp()
    peer:setsockname("127.0.0.1", 0)
    peer:settimeout(1)
    local _, port = peer:getsockname()
    local transport = udp.open(socket, { host = "127.0.0.1", port = port })
    equal(transport:send({ "one", "two" }), true)
    local first, ip, from = peer:receivefrom(65535)
    equal(first, "one")
    equal(peer:receivefrom(65535), "two")
    equal(#transport:poll(), 0)
    peer:sendto(("x"):rep(20000), ip, from)
    for _ = 1, 80 do peer:sendto("y", ip, from) end
    socket.sleep(0.01)
    local packets = transport:poll()
    equal(#packets[1], 20000)
    equal(#packets, 64)
    equal(#transport:poll(), 17)
    transport:close()
    peer:close()
  end)

  test("a socket that cannot be made, aimed or written to is told", function()
    local endpoint = { host = "127.0.0.1", port = 9 }
    local closed = 0
    local function stub(made, aimed, sent)
      return { udp = function()
        if not made then return nil, "too many" end
        return { settimeout = function() end, setpeername = function() return aimed, "nowhere" end, close = function() closed = closed + 1 end,
          send = function() return nil, sent end }
      end }
    end
    equal((select(2, udp.open(stub(false), endpoint))), "too many")
    equal((select(2, udp.open(stub(true, nil), endpoint))), "nowhere")
    equal(closed, 1)
    equal((select(2, udp.open(stub(true, 1, "refused"), endpoint):send({ "x" }))), "refused")
    equal(udp.open(stub(true, 1, "timeout"), endpoint):send({ "x" }), true)
  end)

  test("a closed port is told without waiting", function()
    local peer = socket.udp()
    peer:setsockname("127.0.0.1", 0)
    local _, port = peer:getsockname()
    peer:close()
    local transport = udp.open(socket, { host = "127.0.0.1", port = port })
    transport:send({ "one" })
    local packets, reason
    for _ = 1, 50 do
      packets, reason = transport:poll()
      if not packets then break end
      socket.sleep(0.005)
    end
    equal(packets, nil)
    match(reason, "refused")
    transport:close()
  end)
end
