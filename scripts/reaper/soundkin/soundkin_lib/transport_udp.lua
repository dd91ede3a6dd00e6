-- @noindex
-- Questions over a connected UDP socket, for people who have LuaSocket. Never blocks, never touches `reaper`.

local M = {}

local DATAGRAM = 65535
local MOST_PER_TICK = 64
local MOST_SENT = 8192 -- LuaSocket's own size of a datagram; macOS refuses more than 9,216 bytes

local Udp = {}
Udp.__index = Udp

-- `socket` is the LuaSocket module. Returns a transport, or nil and a reason.
function M.open(socket, endpoint)
  local udp, reason = socket.udp()
  if not udp then return nil, reason end
  udp:settimeout(0)
  local ok
  ok, reason = udp:setpeername(endpoint.host, endpoint.port)
  if not ok then
    udp:close()
    return nil, reason
  end
  local label = ("UDP %s:%d"):format(endpoint.host, endpoint.port)
  return setmetatable({ name = "udp", label = label, udp = udp, resends = true, most = MOST_SENT }, Udp)
end

-- Sends the packets of one question. nil and a reason where that failed.
function Udp:send(packets)
  for _, packet in ipairs(packets) do
    local ok, reason = self.udp:send(packet)
    if not ok and reason ~= "timeout" then return nil, reason end
  end
  return true
end

-- Packets that have come; nil and a reason where nobody listens at the other end.
function Udp:poll()
  local packets = {}
  while #packets < MOST_PER_TICK do
    local packet, reason = self.udp:receive(DATAGRAM)
    if packet then
      packets[#packets + 1] = packet
    elseif reason == "timeout" or #packets > 0 then
      break
    else
      return nil, reason
    end
  end
  return packets
end

-- UDP cannot tell whether a question was picked up: the pong does.
function Udp:taken() return false end

function Udp:finish() end

function Udp:close() self.udp:close() end

return M
