-- @noindex
-- What REAPER says about how a script was run, and which command that means. Pure.

local M = {}

M.COMMANDS = { find = true, panel = true, next = true, previous = true, random = true, insert = true, rs5k = true, explorer = true }

-- REAPER's context string: {kind = "osc", address, number or text}; kind is "midi", "key" … for other triggers.
function M.parse(context)
  local kind, rest = context:match("^(%a+):(.*)$")
  if kind ~= "osc" then return { kind = kind or "" } end
  local at = rest:find(":[fs]=")
  if not at then return { kind = "osc", address = rest } end
  local found = { kind = "osc", address = rest:sub(1, at - 1) }
  local value = rest:sub(at + 3)
  if rest:sub(at + 1, at + 1) == "f" then found.number = tonumber(value) else found.text = value end
  return found
end

local function absolute(text)
  return text:find("^/") ~= nil or text:find("^%a:[/\\]") ~= nil or text:find("^\\\\") ~= nil
end

-- The command and its path: by the address's last part, or by the text ("next", "insert /a/b.wav", "/a/b.wav").
-- nil for a released button and for what is not known, with a reason for the latter.
function M.decide(event)
  if event.kind ~= "osc" then return "find" end
  if event.number and event.number < 0.5 then return nil end
  local name, path = event.address:match("([^/]*)$"), nil
  if event.text then
    if absolute(event.text) then
      path = event.text
    else
      name, path = event.text:match("^(%S*)%s*(.*)$")
      path = path ~= "" and path or nil
    end
  end
  if not M.COMMANDS[name] then
    if path then return "find", path end
    return nil, ("no such command: %s"):format(name)
  end
  return name, path
end

return M
