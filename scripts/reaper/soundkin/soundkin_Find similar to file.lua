-- @noindex
-- Lists the sounds most similar to a file that you choose.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
package.path = folder .. "soundkin_lib/?.lua;" .. package.path
require("boot").run(function()
  local query = require("source").from_dialog()
  if query then require("panel").open(query) end
end)
