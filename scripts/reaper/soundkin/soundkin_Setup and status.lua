-- @noindex
-- Adds the other actions to REAPER's list, says what works here, and starts the daemon after asking.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
package.path = folder .. "soundkin_lib/?.lua;" .. package.path
require("boot").run(function()
  require("setup").run(folder)
end)
