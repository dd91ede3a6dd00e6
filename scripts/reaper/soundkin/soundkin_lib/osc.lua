-- @noindex
-- OSC packets as Lua values: encode messages, decode packets, frame several packets in one file.
-- Pure Lua 5.3/5.4; touches nothing.

local M = {}

local MAX_DEPTH = 8
local FIXED = { i = ">i4", f = ">f", h = ">i8", d = ">d", t = ">I8", r = ">I4" }
local BARE = { T = true, F = false, I = true }

local function padded(text)
  return text .. ("\0"):rep(4 - #text % 4)
end

-- One message as bytes. `types` is a string of i, f and s, one letter an argument.
function M.encode(address, types, ...)
  local out = { padded(address), padded("," .. types) }
  for n = 1, #types do
    local kind, value = types:sub(n, n), (select(n, ...))
    if kind == "i" then
      out[#out + 1] = string.pack(">i4", math.floor(value))
    elseif kind == "f" then
      out[#out + 1] = string.pack(">f", value)
    elseif kind == "s" then
      if value:find("\0", 1, true) then error("a string with a NUL cannot travel by OSC", 2) end
      out[#out + 1] = padded(value)
    else
      error("cannot encode type " .. kind, 2)
    end
  end
  return table.concat(out)
end

local function read_string(data, pos, stop)
  local nul = data:find("\0", pos, true)
  if not nul or nul > stop then error("string without end") end
  local after = pos + (nul - pos) // 4 * 4 + 4
  if after > stop + 1 then error("string padding is cut off") end
  return data:sub(pos, nul - 1), after
end

local function read_argument(data, pos, stop, kind)
  local format = FIXED[kind]
  if format then
    local size = string.packsize(format)
    if pos + size - 1 > stop then error("argument is cut off") end
    return string.unpack(format, data, pos)
  elseif kind == "s" or kind == "S" then
    return read_string(data, pos, stop)
  elseif kind == "b" then
    if pos + 3 > stop then error("blob is cut off") end
    local size = string.unpack(">i4", data, pos)
    local after = pos + 4 + (size + 3) // 4 * 4
    if size < 0 or after > stop + 1 then error("blob is cut off") end
    return data:sub(pos + 4, pos + 3 + size), after
  elseif BARE[kind] ~= nil then
    return BARE[kind], pos
  elseif kind == "N" then
    return nil, pos
  end
  error("unknown type tag " .. kind)
end

local function read_message(data, pos, stop)
  local address, types
  address, pos = read_string(data, pos, stop)
  local message = { address = address, types = "", n = 0 }
  if pos > stop then return message end
  types, pos = read_string(data, pos, stop)
  if types:sub(1, 1) ~= "," then error("no type tag string") end
  message.types = types:sub(2)
  message.n = #message.types
  for n = 1, message.n do
    message[n], pos = read_argument(data, pos, stop, message.types:sub(n, n))
  end
  return message
end

local function read_element(data, pos, stop, depth, found)
  if (stop - pos + 1) % 4 ~= 0 or stop < pos then error("size is not a multiple of 4") end
  if data:sub(pos, pos) == "/" then
    found[#found + 1] = read_message(data, pos, stop)
  elseif data:sub(pos, pos + 7) == "#bundle\0" and stop - pos + 1 >= 16 then
    if depth >= MAX_DEPTH then error("bundles nested too deep") end
    pos = pos + 16
    while pos <= stop do
      if pos + 3 > stop then error("bundle is cut off") end
      local size = string.unpack(">i4", data, pos)
      if size <= 0 or pos + 3 + size > stop then error("bundle element is cut off") end
      read_element(data, pos + 4, pos + 3 + size, depth + 1, found)
      pos = pos + 4 + size
    end
  else
    error("neither a message nor a bundle")
  end
end

-- The messages of a packet, bundles flattened; nil and a reason where it is not well formed.
-- A message is {address=, types=, n=, [1..n]=arguments}.
function M.decode(packet)
  local found = {}
  local ok, reason = pcall(read_element, packet, 1, #packet, 0, found)
  if ok then return found end
  return nil, tostring(reason)
end

-- Several packets as one byte string, each behind its size (the stream framing of OSC 1.0).
function M.frame(packets)
  local out = {}
  for n, packet in ipairs(packets) do out[n] = string.pack(">s4", packet) end
  return table.concat(out)
end

-- The packets of such a byte string; what is cut off at the end is left out, with `false` as second value.
function M.unframe(bytes)
  local packets, pos = {}, 1
  while pos + 3 <= #bytes do
    local size = string.unpack(">I4", bytes, pos)
    if pos + 3 + size > #bytes then break end
    packets[#packets + 1] = bytes:sub(pos + 4, pos + 3 + size)
    pos = pos + 4 + size
  end
  return packets, pos == #bytes + 1
end

return M
