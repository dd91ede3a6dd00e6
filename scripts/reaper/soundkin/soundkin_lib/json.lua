-- @noindex
-- JSON, as much of it as questions and hits need: objects, arrays, strings, numbers, true, false, null. Pure Lua.

local M = {}

-- ' and ` are escaped because project files quote texts with them.
local SHORT = { ["'"] = "\\u0027", ["`"] = "\\u0060", ['"'] = '\\"', ["\\"] = "\\\\", ["\n"] = "\\n", ["\r"] = "\\r", ["\t"] = "\\t" }
local LONG = { b = "\b", f = "\f", n = "\n", r = "\r", t = "\t", ['"'] = '"', ["\\"] = "\\", ["/"] = "/" }

-- One code point as ASCII JSON, beyond the basic plane as a surrogate pair.
local function escaped(code)
  if code < 0x10000 then return ("\\u%04x"):format(code) end
  code = code - 0x10000
  return ("\\u%04x\\u%04x"):format(0xd800 + (code >> 10), 0xdc00 + (code & 0x3ff))
end

-- A string as ASCII JSON. Bytes that are not UTF-8 (old file names) become the lone surrogates Python reads them as.
local function quoted(text)
  local out, pos = {}, 1
  while pos <= #text do
    local good = utf8.len(text, pos)
    local stop = good and #text or select(2, utf8.len(text, pos)) - 1
    for _, code in utf8.codes(text:sub(pos, stop)) do
      local char = code < 128 and string.char(code)
      out[#out + 1] = char and (SHORT[char] or (code >= 32 and char)) or escaped(code)
    end
    if not good then out[#out + 1] = escaped(0xdc00 + text:byte(stop + 1)) end
    pos = good and #text + 1 or stop + 2
  end
  return '"' .. table.concat(out) .. '"'
end

-- The value as ASCII JSON, keys in order. A table with [1], or an empty one, is an array.
function M.encode(value)
  local kind = type(value)
  if kind == "string" then return quoted(value) end
  if kind == "boolean" then return tostring(value) end
  if kind == "number" then
    if value ~= value or value == math.huge or value == -math.huge then error("not a finite number", 2) end
    return math.type(value) == "integer" and tostring(value) or (("%.9g"):format(value):gsub(",", "."))
  end
  if kind ~= "table" then error("cannot write " .. kind .. " as JSON", 2) end
  local out = {}
  if value[1] ~= nil or next(value) == nil then
    for n, item in ipairs(value) do out[n] = M.encode(item) end
    return "[" .. table.concat(out, ",") .. "]"
  end
  local keys = {}
  for key in pairs(value) do keys[#keys + 1] = key end
  table.sort(keys)
  for n, key in ipairs(keys) do out[n] = quoted(key) .. ":" .. M.encode(value[key]) end
  return "{" .. table.concat(out, ",") .. "}"
end

local read

local function read_string(text, pos)
  local out = {}
  while true do
    local plain, stop = text:match('^([^"\\%c]*)()', pos)
    out[#out + 1] = plain
    local char = text:sub(stop, stop)
    if char == '"' then return table.concat(out), stop + 1 end
    if char ~= "\\" then error("string without end") end
    local letter = text:sub(stop + 1, stop + 1)
    pos = stop + 2
    if letter == "u" then
      local code = tonumber(text:match("^%x%x%x%x", pos) or error("bad escape"), 16)
      pos = pos + 4
      local low = code >= 0xd800 and code < 0xdc00 and text:match("^\\u([dD][c-fC-F]%x%x)", pos)
      if low then
        code = 0x10000 + ((code - 0xd800) << 10) + tonumber(low, 16) - 0xdc00
        pos = pos + 6
      end
      out[#out + 1] = code >= 0xdc80 and code <= 0xdcff and string.char(code - 0xdc00) or utf8.char(code)
    else
      out[#out + 1] = LONG[letter] or error("bad escape")
    end
  end
end

local function read_list(text, pos, closing, keyed)
  local out = {}
  pos = text:match("^%s*()", pos)
  if text:sub(pos, pos) == closing then return out, pos + 1 end
  while true do
    local key, value
    if keyed then
      pos = text:match('^%s*"()', pos) or error("key expected")
      key, pos = read_string(text, pos)
      pos = text:match("^%s*:()", pos) or error("colon expected")
    end
    value, pos = read(text, pos)
    if keyed then out[key] = value else out[#out + 1] = value end
    local mark
    mark, pos = text:match("^%s*(.)()", pos)
    if mark == closing then return out, pos end
    if mark ~= "," then error("comma expected") end
  end
end

function read(text, pos)
  pos = text:match("^%s*()", pos)
  local char = text:sub(pos, pos)
  if char == '"' then return read_string(text, pos + 1) end
  if char == "{" then return read_list(text, pos + 1, "}", true) end
  if char == "[" then return read_list(text, pos + 1, "]", false) end
  local word, stop = text:match("^(%a+)()", pos)
  if word == "true" or word == "false" then return word == "true", stop end
  if word == "null" then return nil, stop end
  local digits
  digits, stop = text:match("^(-?%d+%.?%d*[eE]?[+-]?%d*)()", pos)
  return tonumber(digits) or error("value expected"), stop
end

-- The value of a JSON text (null becomes nil); nil and a reason where it is not JSON.
function M.decode(text)
  local ok, value, pos = pcall(read, text, 1)
  if not ok then return nil, tostring(value) end
  if text:match("^%s*()", pos) <= #text then return nil, "text after the value" end
  return value
end

return M
