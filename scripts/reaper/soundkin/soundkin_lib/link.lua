-- @noindex
-- Chooses how to reach the daemon: UDP where LuaSocket is installed, else the file mailbox, else the soundkin command.
-- Pure: everything it may touch is handed in.

local M = {}

local discover = require("discover")
local cli = require("transport_cli")
local mailbox = require("transport_mailbox")
local udp = require("transport_udp")

M.PROTOCOL = 1

local OPENERS = {
  udp = function(env, endpoint)
    local socket = env.socket()
    if not socket then return nil, "LuaSocket is not installed" end
    return udp.open(socket, endpoint)
  end,
  mailbox = function(env, endpoint)
    if (endpoint.mailbox or "") == "" then return nil, "the daemon offers no mailbox" end
    return mailbox.open(env.files, endpoint.mailbox, { separator = env.separator })
  end,
  cli = function(env, endpoint)
    return cli.open(env.files, env.exec, endpoint, env.data_folder(), env.separator)
  end,
}
M.ORDER = { "udp", "mailbox", "cli" }

-- The endpoint as a script sees it; nil where Soundkin was never set up.
function M.endpoint(env) return discover.find(discover.candidates(env.resource, env.system, env.getenv), env.files.open) end

-- A transport; or nil and a sentence. `env.only` names the one to use, "" or "auto" for the first that works.
-- What was tried is left in `env.tried` as {name, reason or "in use"}.
function M.connect(env)
  env.tried = {}
  local endpoint = M.endpoint(env)
  if not endpoint then
    return nil, "Soundkin is not set up on this computer: install it, then run 'soundkin up' with your sample folder."
  end
  if (endpoint.port or 0) == 0 then return nil, "The Soundkin daemon is not running. Start it from 'Setup and status'." end
  if (endpoint.protocol or M.PROTOCOL) ~= M.PROTOCOL then
    return nil, ("The daemon speaks protocol %d, these scripts %d: run 'soundkin reaper install' again."):format(
      endpoint.protocol, M.PROTOCOL)
  end
  local reasons = {}
  for _, name in ipairs(M.ORDER) do
    if env.only == nil or env.only == "" or env.only == "auto" or env.only == name then
      local transport, reason = OPENERS[name](env, endpoint)
      env.tried[#env.tried + 1] = { name = name, reason = transport and "in use" or tostring(reason) }
      if transport then return transport end
      reasons[#reasons + 1] = name .. ": " .. tostring(reason)
    end
  end
  return nil, "No way to reach the daemon (" .. table.concat(reasons, "; ") .. ")."
end

return M
