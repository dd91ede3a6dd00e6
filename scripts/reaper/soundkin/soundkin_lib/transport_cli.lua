-- @noindex
-- Questions through a short-lived process: a mailbox in REAPER's own data folder, and Soundkin's bridge, which
-- carries each question to the daemon. Only our own file names reach the command line.

local M = {}

local mailbox = require("transport_mailbox")

local NO_WAIT = -1
local MOST_SENT = 8192 -- the bridge sends each packet on as a datagram
local STARTS_IN_S = 5 -- a process may take that long to start on a busy computer

-- A command line of quoted words; nil where a word cannot be quoted safely on every system.
function M.command_line(words)
  local out = {}
  for n, word in ipairs(words) do
    if word:find('["\r\n%z]') or word:find("\\$") then return nil, "cannot quote: " .. word end
    out[n] = '"' .. word .. '"'
  end
  return table.concat(out, " ")
end

-- `exec(command line, milliseconds)` is REAPER's ExecProcess. Returns a transport, or nil and a reason.
function M.open(files, exec, endpoint, folder, separator)
  if not endpoint.bridge or #endpoint.bridge == 0 then return nil, "the endpoint file names no command" end
  local function posted(request, answer)
    local words = { table.unpack(endpoint.bridge) }
    words[#words + 1] = request
    words[#words + 1] = answer
    if (endpoint.data_dir or "") ~= "" then words[#words + 1] = endpoint.data_dir end
    local line, reason = M.command_line(words)
    if not line then return nil, reason end
    if exec(line, NO_WAIT) == nil then return nil, "cannot run " .. words[1] end
    return true
  end
  return mailbox.open(files, folder, {
    name = "cli",
    label = "soundkin command",
    ask = "ask-",
    answer = "got-",
    silence_s = STARTS_IN_S,
    most = MOST_SENT,
    separator = separator,
    posted = posted,
  })
end

return M
