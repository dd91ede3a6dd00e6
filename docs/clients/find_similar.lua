-- Finds similar samples from Lua 5.3 or newer with LuaSocket.
--
--   lua find_similar.lua [PORT] [WORDS]
--
-- The OSC codec below knows i, f and s, which is all that Soundkin sends.

local socket = require("socket")

local function padded(text) return text .. ("\0"):rep(4 - #text % 4) end

-- encode("/address", "isf", 1, "text", 0.5)
local function encode(address, types, ...)
  local parts = { padded(address), padded("," .. types) }
  for at = 1, #types do
    local value = (select(at, ...))
    local kind = types:sub(at, at)
    parts[#parts + 1] = kind == "s" and padded(value) or string.pack(kind == "i" and ">i4" or ">f", value)
  end
  return table.concat(parts)
end

-- Messages of a packet: { address =, args... }. Soundkin's bundles are flat.
local function decode(packet, found)
  found = found or {}
  if packet:sub(1, 7) == "#bundle" then
    local pos = 17
    while pos < #packet do
      local size = string.unpack(">i4", packet, pos)
      decode(packet:sub(pos + 4, pos + 3 + size), found)
      pos = pos + 4 + size
    end
    return found
  end
  local function text(pos)
    local value = string.unpack("z", packet, pos)
    return value, pos + (#value // 4 + 1) * 4
  end
  local message, types, pos = {}, nil, 1
  message.address, pos = text(pos)
  types, pos = text(pos)
  for at = 2, #types do
    local kind = types:sub(at, at)
    if kind == "s" then
      message[#message + 1], pos = text(pos)
    else
      message[#message + 1], pos = string.unpack(kind == "i" and ">i4" or ">f", packet, pos)
    end
  end
  found[#found + 1] = message
  return found
end

local udp = assert(socket.udp())
udp:setpeername("127.0.0.1", tonumber(arg[1]) or 27400) -- "localhost" does not work here
local words = arg[2] or "kick"

local function send(...) assert(udp:send(encode(...))) end

-- Messages up to the first that `wanted` accepts, which comes second.
local waiting = {}
local function receive(wanted)
  local ends, before = socket.gettime() + 5, {}
  udp:settimeout(0.2)
  while socket.gettime() < ends do
    while waiting[1] do
      local message = table.remove(waiting, 1)
      if wanted(message) then return before, message end
      before[#before + 1] = message
    end
    local packet = udp:receive(65535) -- without the number long datagrams are cut
    if packet then decode(packet, waiting) end
  end
  error("no answer: is the daemon running?")
end

local function named(address) return function(message) return message.address == address end end

local function ask(rid, ...)
  send(...)
  local hits, last = receive(function(message)
    return message[1] == rid and (message.address == "/soundkin/done" or message.address == "/soundkin/error")
  end)
  if last.address == "/soundkin/error" then error(last[4]) end
  if last[2] ~= #hits then return ask(rid, ...) end -- a datagram was lost: ask again
  return hits
end

send("/soundkin/hello", "si", "find_similar.lua", 1)
local _, welcome = receive(named("/soundkin/welcome"))
print("welcome", table.concat(welcome, " "))

local first = ask(1, "/soundkin/find/text", "isi", 1, words, 2)
ask(2, "/soundkin/find/text", "isii", 2, words, 2, 2) -- the next page
assert(first[1], "nothing is called " .. words)
local id = first[1][3]
for _, hit in ipairs(ask(3, "/soundkin/find/id", "iii", 3, id, 8)) do
  print(("similar %d %d %.3f %.2f s %s"):format(hit[2], hit[3], hit[4], hit[5], hit[6]))
end

send("/soundkin/session", "s", "find_similar.lua " .. os.time()) -- a cursor of its own
send("/soundkin/subscribe", "si", "cursor", 10)
receive(named("/soundkin/subscribed"))
send("/soundkin/sel/id", "i", id)
send("/soundkin/go", "")
local _, total = receive(function(m) return m.address == "/soundkin/cursor/total" and m[1] > 0 end)
send("/soundkin/nav/fader", "f", 1)
receive(function(m) return m.address == "/soundkin/cursor/index" and m[1] == total[1] end)
print(("cursor at %d of %d"):format(total[1], total[1]))
send("/soundkin/unsubscribe", "")
print("ok")
