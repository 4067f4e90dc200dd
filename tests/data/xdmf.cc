// SPDX-License-Identifier: LGPL-2.1-or-later
#include "fabricated.h"

#include <boost/property_tree/xml_parser.hpp>
#include <boost/test/unit_test.hpp>

#include <filesystem>

using namespace nodal;

BOOST_AUTO_TEST_SUITE(xdmf)

BOOST_AUTO_TEST_CASE(is_well_formed_and_names_what_the_data_set_holds)
{
  if (rank_of(MPI_COMM_WORLD) != 0)
    return;
  const std::string base = test_file("series");
  DatasetLayout layout = fabricated_layout(3);
  layout.outputs[0].name = "p < \"q\" & r";
  write_xdmf(base + ".h5", layout);
  boost::property_tree::ptree tree;
  boost::property_tree::read_xml(base + ".xdmf", tree);
  unsigned int n_grids = 0;
  std::vector<std::string> names;
  for (const auto &[key, grid] : tree.get_child("Xdmf.Domain.Grid"))
    if (key == "Grid")
    {
      ++n_grids;
      names.clear();
      for (const auto &[name, attribute] : grid)
        if (name == "Attribute")
          names.push_back(attribute.get<std::string>("<xmlattr>.Name"));
    }
  BOOST_TEST(n_grids == 3);
  const std::vector<std::string> expected = {
      "permeability", layout.outputs[0].name, "velocity_0", "velocity_1"};
  BOOST_TEST(names == expected, boost::test_tools::per_element());

  // Cells of higher degree are several linear ones.
  layout.mesh.linear_cells.insert(layout.mesh.linear_cells.end(),
                                  layout.mesh.linear_cells.begin(),
                                  layout.mesh.linear_cells.end());
  write_xdmf(base + ".h5", layout);
  const std::string text = bytes_of(base + ".xdmf");
  BOOST_TEST(text.find("permeability") == std::string::npos);
  BOOST_TEST(text.find("velocity_1") != std::string::npos);
  BOOST_CHECK_THROW(write_xdmf("no/such/folder/a.h5", layout),
                    NumericalFailure);
}

BOOST_AUTO_TEST_SUITE_END()
