-- @description Soundkin: find similar samples, audition and swap them
-- @version 0.1.0
-- @author Soundkin
-- @about
--   Finds the sounds in your own folders that are most similar to the selected item, to what the Media Explorer played,
--   or to any file; auditions them in tempo and at matched loudness; inserts them, swaps them in place, or loads them
--   into ReaSamplOmatic5000.
--
--   Needs the Soundkin daemon on the same computer. Needs no other extension; uses SWS, ReaImGui and LuaSocket where they
--   are installed. Run "Setup and status" first.
-- @provides
--   [main] soundkin_Find similar to selected item.lua
--   [main=main,mediaexplorer] soundkin_Find similar to Media Explorer preview.lua
--   [main] soundkin_Find similar to file.lua
--   [main] soundkin_Replace items with *.lua
--   [main] soundkin_Insert most similar at edit cursor.lua
--   [main] soundkin_Load similar into RS5k.lua
--   [main] soundkin_OSC command.lua
--   [main] soundkin_Setup and status.lua
--   soundkin_lib/*.lua
-- @changelog
--   First version.

-- Opens the panel: sounds similar to the selected item, or to whatever is asked there.

local folder = debug.getinfo(1, "S").source:match("^@(.*[/\\])")
package.path = folder .. "soundkin_lib/?.lua;" .. package.path
local boot = require("boot")
boot.run(function()
  require("panel").here()
end, boot.CLOSE)
