-- @noindex
-- Finds the endpoint file, which says how the daemon is reached. Pure: files and environment are handed in.

local M = {}

local NUMBERS = { port = true, pid = true, protocol = true }
local LISTS = { command = true, bridge = true, aspects = true }

-- The endpoint in a file's text: key=value lines; `command0`, `command1` … are gathered in `command`, and so are the
-- other LISTS.
function M.parse(text)
  local endpoint = {}
  for name in pairs(LISTS) do endpoint[name] = {} end
  for line in text:gmatch("[^\r\n]+") do
    local key, value = line:match("^([%a_]+%d*)=(.*)$")
    local list, at = (key or ""):match("^(%a+)(%d+)$")
    if LISTS[list] then
      endpoint[list][tonumber(at) + 1] = value
    elseif key then
      endpoint[key] = NUMBERS[key] and (tonumber(value) or 0) or value
    end
  end
  return endpoint
end

-- Where an endpoint may be, best first. `system` is REAPER's GetOS(), `getenv` is os.getenv.
function M.candidates(resource, system, getenv)
  local paths = { resource .. "/Data/soundkin/endpoint" }
  local function add(folder, rest)
    if folder and folder ~= "" then paths[#paths + 1] = folder .. rest end
  end
  if system:find("^Win") then
    add(getenv("LOCALAPPDATA"), "\\soundkin\\endpoint")
  elseif system:find("OSX") or system:find("^macOS") then
    add(getenv("HOME"), "/Library/Application Support/soundkin/endpoint")
  else
    add(getenv("XDG_DATA_HOME"), "/soundkin/endpoint")
    add(getenv("HOME"), "/.local/share/soundkin/endpoint")
    add(getenv("XDG_STATE_HOME"), "/soundkin/endpoint")
    add(getenv("HOME"), "/.local/state/soundkin/endpoint")
  end
  return paths
end

local function read(open, path)
  local file = open(path, "rb")
  if not file then return nil end
  local text = file:read("a")
  file:close()
  return text and M.parse(text)
end

-- The first endpoint that can be read, following one `see=` to the daemon's own file; nil where there is none.
-- `endpoint.from` is the file it came from, `endpoint.port` is 0 while no daemon has published itself.
function M.find(paths, open)
  local best
  for _, path in ipairs(paths) do
    local found = read(open, path)
    if found then
      found.from = path
      local running = found.see and found.see ~= "" and read(open, found.see)
      if running then
        running.from = found.see
        if #running.command == 0 then running.command = found.command end
        found = running
      end
      if (found.port or 0) > 0 then return found end
      best = best or found
    end
  end
  return best
end

return M
