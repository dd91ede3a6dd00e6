-- The script API as REAPER checks it, and stricter: unknown names, wrong counts and types, dead objects and surplus
-- arguments are errors; so is a real function that no fake stands in for. Every error is also kept in `violations`,
-- so that no script can hide one in a pcall.

local M = {}

local OBJECTS = { MediaItem = true, MediaItem_Take = true, MediaTrack = true, PCM_source = true, CF_Preview = true,
  HWND = true, ImGui_Context = true, ImGui_ListClipper = true, ImGui_Font = true, ReaProject = true }

local function split(text)
  local out = {}
  for word in text:gmatch("[^,]+") do out[#out + 1] = word end
  return out
end

local parsed = {}

-- "source|arguments|returns" as a table.
local function parse(entry)
  if parsed[entry] then return parsed[entry] end
  local source, args, returns = entry:match("^([^|]*)|([^|]*)|([^|]*)$")
  local signature = { source = source, args = {}, returns = {}, required = 0, most = 0 }
  if args == "const" then
    signature.constant, args = true, ""
  end
  for n, word in ipairs(split(args)) do
    if word == "..." then
      signature.varargs = true
    else
      local kind, marks = word:match("^([%w_./]+)(.*)$")
      local arg = { kind = kind, optional = marks:find("*", 1, true) ~= nil, nullable = marks:find("^", 1, true) ~= nil,
        placeholder = marks:find("~", 1, true) ~= nil }
      signature.args[n] = arg
      signature.most = n
      if not arg.optional then signature.required = n end
    end
  end
  for n, word in ipairs(split(returns)) do
    signature.returns[n] = { kind = word:gsub("%?$", ""), may_be_nil = word:find("%?$") ~= nil }
  end
  parsed[entry] = signature
  return signature
end

-- Whether a value is of a listed type; else what REAPER says was expected.
local function fits(value, kind)
  if kind:find("/", 1, true) then
    for one in kind:gmatch("[^/]+") do
      if fits(value, one) then return true end
    end
    return false
  elseif kind == "integer" then
    return math.type(value) == "integer" or (math.type(value) == "float" and value % 1 == 0)
  elseif kind == "number" or kind == "string" or kind == "boolean" or kind == "function" or kind == "table" then
    return type(value) == kind
  elseif kind == "identifier" then
    return type(value) == "table" and value.kind ~= nil
  elseif OBJECTS[kind] then
    if kind == "ReaProject" and value == 0 then return true end
    if type(value) ~= "table" or value.kind ~= kind then return false end
    return not value.dead or kind == "CF_Preview" -- SWS looks itself whether a preview still lives
  end
  return type(value) == "table" and value.kind == kind
end

local Api = {}
Api.__index = Api

-- `profile`: reaper = 7.08 or 7.40, sws, imgui ("0.9" or "0.10"), js, reapack. `fakes` is name -> function.
function M.new(api, profile, fakes)
  return setmetatable({ api = api, profile = profile, fakes = fakes, violations = {}, calls = {}, cache = {} }, Api)
end

function Api:violation(text, level)
  self.violations[#self.violations + 1] = text
  error(text, (level or 1) + 1)
end

function Api:available(signature)
  if signature.source == "reaper" then return true end
  if signature.source == "reaper740" then return self.profile.reaper >= 7.35 end
  if signature.source == "imgui010" then return self.profile.imgui == "0.10" end
  return self.profile[signature.source] and true or false
end

function Api:check(name, signature, count, values)
  local extension = signature.source ~= "reaper" and signature.source ~= "reaper740"
  if count < signature.required then
    if extension then self:violation(("'reaper.%s': expected %d arguments minimum"):format(name, signature.required), 3) end
    self:violation(("bad argument #%d to '%s' (%s expected)"):format(count + 1, name, signature.args[count + 1].kind), 3)
  elseif count > signature.most and not signature.varargs then
    self:violation(("'%s' takes %d arguments, got %d"):format(name, signature.most, count), 3)
  end
  for n = 1, math.min(count, signature.most) do
    local arg, value = signature.args[n], values[n]
    local may_be_nil = arg.optional or arg.nullable or arg.placeholder
    if value == nil and not may_be_nil or arg.placeholder and value ~= nil
      or value ~= nil and not arg.placeholder and not fits(value, arg.kind) then
      self:violation(("bad argument #%d to '%s' (%s expected)"):format(n, name, arg.kind), 3)
    end
  end
end

-- Keeps the fakes honest: they return what the listing says.
function Api:returned(name, signature, ...)
  local count = select("#", ...)
  if count > #signature.returns then
    self:violation(("the fake of '%s' returns %d values, listed are %d"):format(name, count, #signature.returns), 3)
  end
  for n = 1, count do
    local value, listed = (select(n, ...)), signature.returns[n]
    if value ~= nil and not fits(value, listed.kind) then
      self:violation(("the fake of '%s' returns a %s as value %d, listed is %s"):format(name, type(value), n, listed.kind), 3)
    elseif value == nil and n == 1 and not listed.may_be_nil then
      self:violation(("the fake of '%s' returns nil, listed is %s"):format(name, listed.kind), 3)
    end
  end
  return ...
end

-- The function of a name; nil where the profile lacks it. Unknown names are an error.
function Api:lookup(name, entry)
  if self.cache[name] then return self.cache[name] end
  entry = entry or self.api.functions[name]
  if not entry then self:violation(("attempt to use '%s', which is no API function"):format(tostring(name)), 3) end
  local signature = parse(entry)
  if not self:available(signature) then return nil end
  local fake = self.fakes[name]
  local made = function(...)
    self.calls[name] = (self.calls[name] or 0) + 1
    self:check(name, signature, select("#", ...), { ... })
    if not fake then self:violation(("'%s' is real but no fake stands in for it"):format(name), 2) end
    return self:returned(name, signature, fake(...))
  end
  self.cache[name] = made
  return made
end

-- The global `reaper`.
function Api:reaper()
  return setmetatable({}, {
    __index = function(_, name)
      if type(name) == "string" and name:find("^gfx%.") then return nil end
      return self:lookup(name)
    end,
    __newindex = function(_, name) self:violation("assignment to reaper." .. tostring(name), 2) end,
  })
end

return M
